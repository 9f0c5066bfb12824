import { describe, expect, it } from "vitest";
import { prettyPayload } from "./payload";

const shownAs = (payload: string, path: string | null, value: unknown = null) =>
  prettyPayload(payload, path, value).lines.map(({ text, marked }) => (marked ? `> ${text}` : text));

describe("prettyPayload", () => {
  it("marks the mistake, one member a line", () => {
    expect(shownAs('{"ts":1,"values":{"pm25":-3,"no2":4}}', "values.pm25", -3)).toEqual([
      "{",
      '  "ts": 1,',
      '  "values": {',
      '>     "pm25": -3,',
      '    "no2": 4',
      "  }",
      "}",
    ]);
  });

  it("shows numbers and texts as they were sent", () => {
    const sent = '{"a":12345678901234567890,"b":1.0e3,"c":"\\u0e01 \\" } ,"}';
    expect(shownAs(sent, null).slice(1, -1)).toEqual([
      '  "a": 12345678901234567890,',
      '  "b": 1.0e3,',
      '  "c": "\\u0e01 \\" } ,"',
    ]);
  });

  it("marks of many readings those with the refused value", () => {
    const lines = shownAs('[{"pm25":12},{"pm25":-3}]', "pm25", -3);
    expect(lines.filter((line) => line.startsWith(">"))).toEqual(['>     "pm25": -3']);
  });

  it("marks them all when none has it", () => {
    const lines = shownAs('[{"pm25":12},{"pm25":13}]', "pm25", "shortened…");
    expect(lines.filter((line) => line.startsWith(">"))).toHaveLength(2);
  });

  it("follows places in arrays, any place, and keys that look like a path", () => {
    expect(shownAs('{"location":[100,true]}', "location[1]", true)).toContain(">     true");
    expect(shownAs('[{"n":"x"},{"n":7}]', "[1].n", 7)).toContain('>     "n": 7');
    expect(shownAs('[{"n":7},{"n":7}]', "[].n", 7).filter((line) => line.startsWith(">"))).toHaveLength(2);
    expect(shownAs('{"PM2.5":-1,"PM2":{"5":3}}', "PM2.5", -1)).toContain('>   "PM2.5": -1,');
  });

  it("keeps a short list on its line, and marks all of what is wrong as a whole", () => {
    expect(shownAs('{"location":[100.5,13.7]}', null)).toContain('  "location": [100.5, 13.7]');
    expect(shownAs('{"pm25":{"a":1}}', "pm25", { a: 1 })).toEqual([
      "{",
      '>   "pm25": {',
      '>     "a": 1',
      ">   }",
      "}",
    ]);
  });

  it.each([
    ["topic.zone", '{"pm25":1}'],
    ["values.no2", '{"values":{}}'],
    ["", '{"pm25":1}'],
    [null, '{"pm25":1}'],
  ])("finds nothing at %s", (path, payload) => {
    expect(prettyPayload(payload, path, null).found).toBe(false);
  });

  it.each(['{"pm25": 1,}', "", "PM=1\nNO=2"])("shows what is no JSON as it came: %s", (payload) => {
    expect(shownAs(payload, "pm25")).toEqual(payload.split("\n"));
  });

  it.each([100, 4_000, 50_000])("shows %d brackets within one another as they came", (depth) => {
    const deep = "[".repeat(depth) + "]".repeat(depth);
    expect(prettyPayload(deep, "pm25", null).lines).toHaveLength(1);
  });
});
