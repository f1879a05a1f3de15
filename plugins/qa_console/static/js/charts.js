// Charts by ECharts, from what the page says in data-chart: {kind, x, series: [{name, values, colour}], unit, stacked …}.
// Colours are the page's tokens, so a chart follows the switch. The content security policy allows no style in markup:
// tips are made of elements with classes.
"use strict";

(() => {
  const drawn = new Map();
  const colour = (name) => window.callqa.colour(name);

  const shown = (value, unit, digits) => {
    if (value === null || value === undefined) return "–";
    const options = { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 0 };
    if (unit === "share") return (value * 100).toLocaleString("en", { maximumFractionDigits: digits ?? 1 }) + "%";
    return value.toLocaleString("en", options) + (unit ? ` ${unit}` : "");
  };

  const tip = (spec) => (points) => {
    const list = [points].flat();
    const box = document.createElement("div");
    box.className = "chart-tip";
    const head = document.createElement("div");
    head.className = "head";
    head.textContent = spec.heads?.[list[0].dataIndex] ?? list[0].axisValueLabel ?? list[0].name;
    box.append(head);
    for (const point of list) {
      const line = document.createElement("div");
      line.className = "line";
      const series = spec.series[point.seriesIndex];
      const swatch = document.createElement("i");
      swatch.className = `swatch ${series.swatch ?? `s${point.seriesIndex + 1}`}`;
      const value = document.createElement("b");
      value.textContent = shown(Array.isArray(point.value) ? point.value.at(-1) : point.value, spec.unit, spec.digits);
      line.append(swatch, series.name, value);
      box.append(line);
    }
    return box;
  };

  const axis = (spec) => ({
    text: { color: colour("muted"), fontFamily: colour("font"), fontSize: 11 },
    line: { lineStyle: { color: colour("line-strong") } },
    grid: { lineStyle: { color: colour("grid") } },
    format: (value) => (spec.unit === "share" ? `${Math.round(value * 100)}%` : value.toLocaleString("en")),
  });

  const series = (spec) => spec.series.map((one, place) => {
    const paint = colour(one.colour ?? `series-${place + 1}`);
    const common = { name: one.name, data: one.values, itemStyle: { color: paint }, animation: false, cursor: "default" };
    if (spec.kind === "lines") {
      return {
        ...common, type: "line", symbol: "circle", symbolSize: 5, showSymbol: one.values.length < 40, connectNulls: false,
        lineStyle: { width: 2, color: paint, type: one.dashed ? "dashed" : "solid" },
        areaStyle: one.area ? { color: paint, opacity: 0.1 } : undefined,
      };
    }
    const coloured = one.colours
      ? one.values.map((value, at) => ({ value, itemStyle: { color: colour(one.colours[at]) } })) : one.values;
    return {
      ...common, data: coloured, type: "bar", stack: spec.stacked ? "all" : undefined, barMaxWidth: spec.wide ? 46 : 26,
      barCategoryGap: spec.wide ? "14%" : "28%",
      itemStyle: { color: paint, borderRadius: spec.stacked ? 0 : [2, 2, 0, 0] },
      markLine: spec.mark === undefined || place ? undefined : {
        symbol: "none", silent: true, label: { show: false }, data: [{ xAxis: spec.mark }],
        lineStyle: { color: colour("text"), type: "dashed", width: 1 },
      },
    };
  });

  const options = (spec) => {
    const look = axis(spec);
    const category = {
      type: "category", data: spec.x, axisLabel: { ...look.text, hideOverlap: true }, axisTick: { show: false },
      axisLine: look.line, boundaryGap: spec.kind !== "lines",
    };
    const value = {
      type: "value", axisLabel: { ...look.text, formatter: look.format }, splitLine: look.grid, splitNumber: 3,
      minInterval: spec.unit ? undefined : 1, min: spec.min, max: spec.max,
    };
    return {
      aria: { enabled: false },
      grid: { left: 4, right: spec.kind === "lines" ? 22 : 8, top: 10, bottom: 2, containLabel: true },
      tooltip: {
        trigger: "axis", axisPointer: { type: spec.kind === "lines" ? "line" : "shadow", shadowStyle: { opacity: 0.25 } },
        confine: true, backgroundColor: colour("raised"), borderColor: colour("line"), borderWidth: 1, padding: [7, 10],
        formatter: tip(spec), transitionDuration: 0,
      },
      xAxis: spec.lying ? value : category,
      yAxis: spec.lying ? { ...category, inverse: true } : value,
      series: series(spec),
    };
  };

  const draw = (element) => {
    const spec = JSON.parse(element.dataset.chart);
    const chart = drawn.get(element) ?? window.echarts.init(element, null, { renderer: "canvas" });
    if (!drawn.has(element)) {
      drawn.set(element, chart);
      new ResizeObserver(() => chart.resize()).observe(element);
      if (spec.links) chart.on("click", (point) => { if (spec.links[point.dataIndex]) location.href = spec.links[point.dataIndex]; });
    }
    chart.setOption(options(spec), { notMerge: true });
    element.dataset.drawn = "true";
  };

  const all = (within) => {
    for (const [element, chart] of drawn) {
      if (!element.isConnected) {
        chart.dispose();
        drawn.delete(element);
      }
    }
    within.querySelectorAll("[data-chart]").forEach(draw);
  };

  document.addEventListener("htmx:afterSettle", (event) => all(event.target));
  document.addEventListener("callqa:theme", () => all(document));
  all(document);
})();
