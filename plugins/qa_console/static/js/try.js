// Try a call: sends the recording as it is, with its progress; the page of a job asks how far it is without fuss.
"use strict";

(() => {
  const job = document.getElementById("job");
  if (job) {
    // Asking every second is neither progress to be shown nor, when the job was removed, a fault to be told each time.
    const quiet = (name, then) => job.addEventListener(name, (event) => { event.stopPropagation(); then?.(); });
    quiet("htmx:beforeRequest");
    quiet("htmx:afterRequest");
    quiet("htmx:sendError");
    quiet("htmx:responseError", () => location.reload());
    return;
  }

  const form = document.getElementById("try");
  if (!form) return;
  const file = document.getElementById("file");
  const chosen = document.getElementById("chosen");
  const drop = form.querySelector("[data-drop]");
  const sending = document.getElementById("sending");
  const wrong = document.getElementById("wrong");
  const unchosen = chosen.textContent;

  const tell = (text) => {
    wrong.textContent = text;
    wrong.hidden = !text;
  };

  const busy = (on) => {
    sending.hidden = !on;
    form.querySelectorAll("button").forEach((button) => { button.disabled = on; });
  };

  const query = (more = {}) => {
    const { language, merging, tolerance, denoise, itn } = form.elements;
    return new URLSearchParams({
      language: language.value, merging: merging.value, tolerance: tolerance.value, denoise: denoise.value, itn: itn.checked, ...more,
    });
  };

  const send = (path, body, headers = {}) => {
    const request = new XMLHttpRequest();
    const failed = (text) => { busy(false); tell(text); };
    request.open("POST", callqa.url(path));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CallQA-Token", callqa.token());
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) sending.querySelector("progress").value = event.loaded / event.total;
    });
    request.addEventListener("error", () => failed(document.documentElement.dataset.unreachable));
    request.addEventListener("load", () => {
      let told = {};
      try { told = JSON.parse(request.responseText); } catch { /* a proxy's own page */ }
      if (request.status === 200 && told.at) location.assign(told.at);
      else if (request.status === 401) location.reload();
      else if (request.status === 413) failed(form.dataset.tooLarge);
      else failed([told.detail, told.remedy].filter(Boolean).join(" · ") || document.documentElement.dataset.failed);
    });
    tell("");
    sending.querySelector("progress").value = 0;
    busy(true);
    request.send(body);
  };

  file.addEventListener("change", () => {
    chosen.textContent = file.files[0]?.name ?? unchosen;
    tell("");
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const one = file.files[0];
    if (!one) tell(form.dataset.missing);
    else if (one.size > Number(form.dataset.most)) tell(form.dataset.tooLarge);
    else send(`/try/upload?${query()}`, one, { "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(one.name.slice(-80)) });
  });

  form.addEventListener("click", (event) => {
    const of = event.target.closest("[data-example]")?.dataset.example;
    if (of && form.reportValidity()) send(`/try/example?${query({ of })}`, null);
  });

  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    file.files = event.dataTransfer.files;
    file.dispatchEvent(new Event("change"));
  });
})();
