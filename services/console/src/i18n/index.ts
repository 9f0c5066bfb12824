import type { Lang } from "../contract";
import { en, type Messages } from "./en";
import { th } from "./th";

export type { Messages } from "./en";

const LANGUAGES: Record<Lang, Messages> = { en, th };

export const messages = (lang: Lang): Messages => LANGUAGES[lang];

export const isLang = (text: string | null): text is Lang => text === "en" || text === "th";
