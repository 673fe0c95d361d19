// The words of the page, and numbers as people read them.
import en from "./en.js";
import zh from "./zh.js";

const WORDS = { en, zh };
export let language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

export function setLanguage(value) {
  language = value;
  document.documentElement.lang = value === "zh" ? "zh-Hans" : "en";
  try { localStorage.setItem("triptych.language", value); } catch { /* It is asked for again next time. */ }
}

/** The text of a key; {0}, {1} … are filled in. */
export function t(key, ...values) {
  const text = WORDS[language][key];
  if (text === undefined) throw new Error("no text " + key);
  return text.replace(/\{(\d)\}/g, (_, index) => values[Number(index)] ?? "");
}

export const size = (width, height) => `${width}\u00a0×\u00a0${height}`;

/** About how long: whole seconds to ninety, then minutes. */
export function time(millis) {
  const seconds = Math.max(1, Math.round(millis / 1000));
  if (seconds <= 90) return seconds === 1 ? t("second") : t("seconds", seconds);
  return t("minutes", Math.round(seconds / 60));
}

/** How long it took, to a tenth of a second while it is short. */
export function took(millis) {
  return millis < 10000 ? t("seconds", (millis / 1000).toFixed(1)) : time(millis);
}

export function money(amount, currency) {
  return new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en", {
    style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: 2, maximumFractionDigits: 4,
  }).format(Number(amount));
}

export function when(iso) {
  const date = new Date(iso), now = new Date();
  const clock = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit" }).format(date);
  return date.toDateString() === now.toDateString()
    ? t("today", clock)
    : new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium" }).format(date) + " " + clock;
}

export const bytes = count => count < 1024 * 1024 ? Math.max(1, Math.round(count / 1024)) + " KB" : (count / 1024 / 1024).toFixed(1) + " MB";
