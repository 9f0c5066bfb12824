const PARTS = ["broker", "records", "journal"] as const;

/** What of Nakhon does not work. `other` is whatever this page does not know. */
export type Part = (typeof PARTS)[number] | "start" | "other";

export interface Trouble {
  part: Part;
  /** In the server's words. */
  detail: string;
}

/** One reason of `/readyz`: `broker: connection refused`, or words alone. */
export function troubleOf(reason: string): Trouble {
  if (reason === "going through the journal") return { part: "start", detail: "" };
  const [head = "", ...rest] = reason.split(": ");
  const part = PARTS.find((known) => known === head);
  return part && rest.length ? { part, detail: rest.join(": ") } : { part: "other", detail: reason };
}
