// Reads an AsyncAPI document from standard input; prints what the AsyncAPI tools have to say about it as JSON.
import { Parser } from "@asyncapi/parser";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { document, diagnostics } = await new Parser().parse(Buffer.concat(chunks).toString("utf8"));
const told = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path: path.join("."), severity }));
process.stdout.write(JSON.stringify({ understood: document !== undefined, diagnostics: told }));
