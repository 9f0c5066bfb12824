import { DOMAINS, type DomainId, type Rule } from "../contract";
import type { RuleFilters } from "./place";

export interface RuleGroup {
  domain: DomainId;
  group: string;
  rules: Rule[];
}

/** The rules that pass the filters, in the order of domains, groups and files. */
export function shownRules(
  rules: readonly Rule[],
  filters: RuleFilters,
  firing: ReadonlyMap<string, number>,
): Rule[] {
  const wanted = (filters.words ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return rules
    .filter((rule) => passes(rule, filters, firing) && speaksOf(rule, wanted))
    .sort(
      (a, b) => DOMAINS.indexOf(a.domain) - DOMAINS.indexOf(b.domain) || a.group.localeCompare(b.group, "en"),
    );
}

/** The rules, each group's together; they come in order. */
export function grouped(rules: readonly Rule[]): RuleGroup[] {
  const groups: RuleGroup[] = [];
  for (const rule of rules) {
    const last = groups.at(-1);
    if (last?.domain === rule.domain && last.group === rule.group) last.rules.push(rule);
    else groups.push({ domain: rule.domain, group: rule.group, rules: [rule] });
  }
  return groups;
}

function passes(rule: Rule, { domain, kind, mode, firing }: RuleFilters, open: ReadonlyMap<string, number>) {
  return (
    (domain === null || rule.domain === domain) &&
    (kind === null || rule.kind === kind) &&
    (mode === null || rule.mode === mode) &&
    (!firing || firingOf(rule, open) > 0)
  );
}

/** How many of its alerts fire now. Shadow ones are not in the live list, but are counted with the rule. */
export const firingOf = (rule: Rule, open: ReadonlyMap<string, number>): number =>
  rule.mode === "shadow" ? rule.alerts.firing : (open.get(rule.id) ?? 0);

function speaksOf(rule: Rule, wanted: string[]): boolean {
  if (wanted.length === 0) return true;
  const told = [
    rule.id,
    rule.on,
    rule.metric,
    rule.title.en,
    rule.title.th,
    rule.source.file,
    rule.source.pack,
  ];
  const text = told.join(" ").toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/** A title in its parts: texts, and the names of what an alert fills in. */
export function titleParts(title: string): { text: string; slot: boolean }[] {
  return title
    .split(/(\{\w+\})/)
    .filter(Boolean)
    .map((part) => {
      const slot = /^\{\w+\}$/.test(part);
      return { text: slot ? part.slice(1, -1) : part, slot };
    });
}
