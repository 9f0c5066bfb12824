/** Pick one row or drop it; with a `from` (shift held) every row between the two goes the same way. */
export function picked(
  chosen: ReadonlySet<string>,
  order: readonly string[],
  id: string,
  from: string | null,
): Set<string> {
  const next = new Set(chosen);
  const on = !chosen.has(id);
  const [a, b] = [from === null ? -1 : order.indexOf(from), order.indexOf(id)];
  const range = a < 0 || b < 0 ? [id] : order.slice(Math.min(a, b), Math.max(a, b) + 1);
  for (const one of range) {
    if (on) next.add(one);
    else next.delete(one);
  }
  return next;
}
