/** One line of a payload as it is shown. `marked` is where the mistake is. */
export interface Line {
  text: string;
  marked: boolean;
}

export interface Pretty {
  lines: Line[];
  /** Anything is marked. */
  found: boolean;
  /** It could be read, and is laid out anew. */
  json: boolean;
}

type Node =
  | { kind: "value"; raw: string }
  | { kind: "array"; items: Node[] }
  | { kind: "object"; members: { key: string; raw: string; node: Node }[] };

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
/** Deeper than this nobody reads, nor is there room for its indents. */
const DEEPEST = 64;
/** A list of scalars that is shorter than this stays on its line. */
const SHORT = 60;

/**
 * The payload one member a line, as it was sent to the last digit, with what lies at `path` marked. In an array
 * of readings those are marked whose value there is the refused one, since an entry does not tell its place.
 * What is no JSON stays as it is.
 */
export function prettyPayload(payload: string, path: string | null, value: unknown): Pretty {
  const root = parsedJson(payload);
  if (!root) {
    const lines = payload.split("\n").map((text) => ({ text, marked: false }));
    return { lines, found: false, json: false };
  }
  const marked = new Set(wrongOnes(root, path ?? "", value));
  return { lines: linesOf(root, marked), found: marked.size > 0, json: true };
}

function parsedJson(text: string): Node | null {
  try {
    JSON.parse(text);
    return new Reader(text.match(TOKENS) ?? []).node();
  } catch {
    return null;
  }
}

/** Reads tokens of JSON that is known to be good, and keeps each scalar as it was written. */
class Reader {
  readonly #tokens: string[];
  #next = 0;

  constructor(tokens: string[]) {
    this.#tokens = tokens;
  }

  node(depth = 0): Node {
    if (depth > DEEPEST) throw new Error("the payload is too deep");
    const raw = this.#take();
    if (raw === "[") return { kind: "array", items: this.#until("]", () => this.node(depth + 1)) };
    if (raw === "{") return { kind: "object", members: this.#until("}", () => this.#member(depth + 1)) };
    return { kind: "value", raw };
  }

  #member(depth: number): { key: string; raw: string; node: Node } {
    const raw = this.#take();
    this.#take(); // the colon
    return { key: JSON.parse(raw) as string, raw, node: this.node(depth) };
  }

  #until<T>(end: string, read: () => T): T[] {
    const found: T[] = [];
    while (this.#tokens[this.#next] !== end) {
      found.push(read());
      if (this.#tokens[this.#next] === ",") this.#next += 1;
    }
    this.#next += 1;
    return found;
  }

  #take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw new Error("the payload ends early");
    return token;
  }
}

function wrongOnes(root: Node, path: string, value: unknown): Node[] {
  if (!path) return [];
  const readings = root.kind === "array" ? [root, ...root.items] : [root];
  const there = readings.flatMap((reading) => at(reading, path));
  const refused = JSON.stringify(value);
  const same = there.filter((node) => JSON.stringify(plainOf(node)) === refused);
  return same.length ? same : there;
}

/** What lies at the path; a key may hold the very signs that part the steps of a path. */
function at(node: Node, path: string): Node[] {
  if (path === "") return [node];
  if (node.kind === "array") {
    const [step = "", place] = /^\[(\d*)\]/.exec(path) ?? [];
    if (!step) return [];
    const items = place ? node.items.slice(Number(place), Number(place) + 1) : node.items;
    return items.flatMap((item) => at(item, path.slice(step.length).replace(/^\./, "")));
  }
  if (node.kind === "value") return [];
  return node.members.flatMap(({ key, node: inner }) => {
    if (!path.startsWith(key)) return [];
    const rest = path.slice(key.length);
    return rest === "" || /^[.[]/.test(rest) ? at(inner, rest.replace(/^\./, "")) : [];
  });
}

function plainOf(node: Node): unknown {
  if (node.kind === "value") return JSON.parse(node.raw);
  if (node.kind === "array") return node.items.map(plainOf);
  return Object.fromEntries(node.members.map(({ key, node: inner }) => [key, plainOf(inner)]));
}

function linesOf(root: Node, marked: ReadonlySet<Node>): Line[] {
  const lines: Line[] = [];
  const write = (node: Node, indent: string, head: string, tail: string, inMarked: boolean) => {
    const isMarked = inMarked || marked.has(node);
    const put = (text: string) => lines.push({ text: indent + text, marked: isMarked });
    const short = onOneLine(node, marked);
    if (short !== null) {
      put(`${head}${short}${tail}`);
      return;
    }
    const members = node.kind === "object" ? node.members : itemsOf(node);
    const [open, close] = node.kind === "object" ? "{}" : "[]";
    put(`${head}${open}`);
    members.forEach(({ raw, node: inner }, i) => {
      write(inner, `${indent}  `, raw && `${raw}: `, i < members.length - 1 ? "," : "", isMarked);
    });
    put(`${close}${tail}`);
  };
  write(root, "", "", "", false);
  return lines;
}

const itemsOf = (node: Node): { raw: string; node: Node }[] =>
  node.kind === "array" ? node.items.map((item) => ({ raw: "", node: item })) : [];

/** A scalar, what is empty, and a short list of scalars none of which is marked by itself. */
function onOneLine(node: Node, marked: ReadonlySet<Node>): string | null {
  if (node.kind === "value") return node.raw;
  if (node.kind === "object") return node.members.length ? null : "{}";
  const plain = node.items.every((item) => item.kind === "value" && !marked.has(item));
  const text = plain ? `[${node.items.map((item) => (item as { raw: string }).raw).join(", ")}]` : "";
  return plain && text.length <= SHORT ? text : null;
}
