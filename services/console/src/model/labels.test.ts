import { describe, expect, it } from "vitest";
import type { Alert } from "../contract";
import { metricOf, percent, said, shown, words } from "./labels";

it("says it in the reader's language, or in the other", () => {
  expect(said({ en: "Samyan", th: "สามย่าน" }, "th")).toBe("สามย่าน");
  expect(said({ en: "Samyan", th: "" }, "th")).toBe("Samyan");
  expect(said(null, "en")).toBe("");
});

it("makes words of identifiers", () => {
  expect(words("traffic-counts")).toBe("Traffic counts");
});

it.each([
  [1234.56, "1,235"],
  [81.25, "81.3"],
  [3.456, "3.46"],
  [0.2, "0.2"],
  ["fault", "fault"],
  [true, "✓"],
  [null, "–"],
])("shows %s as %s", (value, text) => {
  expect(shown(value, "en")).toBe(text);
});

it("gives per cent the decimals that objectives need", () => {
  expect(percent(0.9971)).toBe("99.71 %");
  expect(percent(0.42)).toBe("42 %");
});

describe("metricOf", () => {
  const alert = { device: "w-1", evidence: { metric: "temperature" } } as Alert;
  const device = { id: "w-1", types: ["WeatherObserved"] } as never;
  const type = (name: string, unit: string) => ({ name, metrics: { temperature: { unit } } });
  const types = new Map([
    ["WaterQualityObserved", type("WaterQualityObserved", "K")],
    ["WeatherObserved", type("WeatherObserved", "°C")],
  ]);

  it("prefers the device's own type", () => {
    expect(metricOf(alert, new Map([["w-1", device]]), types)?.unit).toBe("°C");
  });

  it("knows what is derived", () => {
    const derived = { ...type("WeatherObserved", "°C"), derived: { heatIndex: { unit: "°C" } } };
    const felt = { device: "w-1", evidence: { metric: "heatIndex" } } as Alert;
    const known = new Map([["w-1", device]]);
    expect(metricOf(felt, known, new Map([["WeatherObserved", derived]]))?.unit).toBe("°C");
  });

  it("takes any type that has it for an unknown device, and null when none has", () => {
    expect(metricOf(alert, new Map(), types)?.unit).toBe("K");
    expect(metricOf(alert, new Map(), new Map())).toBeNull();
  });
});
