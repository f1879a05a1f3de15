"""`[notify]` in qa.toml: wrong keys are named, secrets are not."""

from __future__ import annotations

import tomllib

import pytest

from callqa import settings
from callqa.errors import SettingsError

ROUTE = '[[notify.routes]]\nname = "people"\naddress = "env:PEOPLE"\n'


def load(tmp_path, text, environ=None):
    file = tmp_path / "qa.toml"
    file.write_text(text, encoding="utf-8")
    return settings.load(file, environ=environ or {})


def test_routes_are_read(tmp_path):
    two = ROUTE + 'severities = ["critical"]\n' + ROUTE.replace("people", "others")
    found = load(tmp_path, two).notify.routes
    assert [(route.name, route.severities) for route in found] == [("people", ["critical"]), ("others", [])]


def test_routes_are_read_from_the_environment_too(tmp_path):
    given = '[{name = "people", address = "connection:chat", per_minute = 10}]'
    (route,) = load(tmp_path, "", {"CALLQA_NOTIFY__ROUTES": given}).notify.routes
    assert (route.address, route.per_minute) == ("connection:chat", 10)


@pytest.mark.parametrize(
    "secret", ["wecombot://s3cret-key", "https://qyapi.weixin.qq.com/?key=s3cret-key", "s3cret-key"]
)
def test_an_address_in_the_file_is_refused_and_not_repeated(tmp_path, secret):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, ROUTE.replace("env:PEOPLE", secret))
    assert "notify.routes.0.address" in caught.value.message
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("rule = ['HR01']", "notify.routes.0.rule"),
        ("severities = ['grave']", "notify.routes.0.severities.0"),
        ("per_minute = 0", "notify.routes.0.per_minute"),
        (ROUTE, "two routes are called people"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, change, said):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, ROUTE + change + "\n")
    assert said in caught.value.message


def test_a_misspelt_key_of_a_route_has_its_nearest_known_one(tmp_path):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, ROUTE + "langage = 'zh'\n")
    assert caught.value.remedy == "did you mean notify.routes.0.language?"


def test_the_files_example_is_a_route():
    text = (settings.DEMO_FOLDER.parents[2] / "qa.toml").read_text(encoding="utf-8")
    start = text.index("# [[notify.routes]]")
    lines = [line.removeprefix("# ") for line in text[start:].splitlines() if line.startswith("# ")]
    values = tomllib.loads("\n".join(lines[: lines.index("") if "" in lines else None][:9]))
    assert settings.NotifySettings.model_validate(values["notify"]).routes[0].name == "supervisor"
