// What is said of a generator: its name, where it paints, what it costs.
import { language, money, size, t, time } from "./text.js";

export const state = { generators: [], standard: "", budget: null };

export const generator = name => state.generators.find(each => each.name === name);

const isOwn = it => it?.provider === "local" && it?.model === "bundled";

export function nameOf(it) {
  if (!it) return "";
  if (isOwn(it)) return state.generators.filter(isOwn).length > 1 ? `${t("ownModel")} (${it.name})` : t("ownModel");
  return it.model && it.name !== it.model ? `${it.name} (${it.model})` : it.name;
}

const shortName = it => isOwn(it) ? t("ownModel") : it?.model || it?.name || "";

const place = it => ({ openai: "OpenAI", discord: "Discord" })[it.provider] ?? it.provider;

export const iconOf = it => it?.local ? "here" : it?.provider === "discord" ? "people" : "away";

export function standardSize(it) {
  const [width, height] = (it?.capabilities?.sizes.standard ?? "512x512").split("x").map(Number);
  return { width, height };
}

/** One line below the name. */
export function factsOf(it) {
  if (it.problem) return it.problem;
  const { width, height } = standardSize(it);
  const parts = [it.local ? t("factsHere") : t("factsAway", place(it))];
  if (it.free) parts.push(t("factsFree"));
  else parts.push(it.price ? t("pricePerPicture", money(it.price.amount, it.price.currency)) : t("makeUnknown"));
  if (it.local) parts.push(size(width, height));
  if (isOwn(it)) parts.push(t("factsEnglish"));
  return parts.join(" · ");
}

/** A sentence or two, in the list. */
export function longOf(it) {
  if (it.problem) return it.problem;
  const parts = [isOwn(it) ? t("ownLong") : it.local ? t("hereLong") : t("awayLong", place(it))];
  if (!it.capabilities.operations.includes("inpainting")) parts.push(t("cannotEdit"));
  return parts.join(language === "zh" ? "" : " ");
}

export const can = (it, operation) => Boolean(it?.capabilities?.operations.includes(operation));
export const honours = (it, field) => Boolean(it?.capabilities?.honoured.includes(field));

/** What today's budget leaves; null where none limits money. */
export const leftToday = () => state.budget?.today?.left ?? null;

/** Whether the price of so many pictures is more than what is left. */
export function beyondBudget(it, count) {
  const left = leftToday();
  return Boolean(!it?.free && it?.price && left !== null && Number(it.price.amount) * count > Number(left));
}

/** What Make says below its verb, before the click. */
export function priceLine(it, count) {
  if (!it) return "";
  if (it.problem) return t("makeProblem", shortName(it));
  if (it.free) return it.millisPerPicture ? t("makeFree", time(it.millisPerPicture * count)) : t("makeFreeUnknown");
  if (beyondBudget(it, count)) return t("makeBudget");
  if (!it.price) return t("makeUnknown");
  const sum = money(Number(it.price.amount) * count, it.price.currency);
  const left = leftToday();
  return left === null ? t("makePaid", sum) : t("makePaidLeft", sum, money(left, state.budget.currency));
}

/** Who painted a finished job, on the wall label. */
export function byLine(job, picture) {
  const who = job.servedBy ?? generator(job.generator) ?? { name: job.generator };
  if (isOwn(who)) return picture?.seed === undefined ? t("byOwnNoSeed") : t("byOwn", picture.seed);
  if (job.cost) return `${shortName(who)} · ${money(job.cost.amount, job.cost.currency)}`;
  return picture?.seed === undefined ? shortName(who) : t("bySeed", shortName(who), picture.seed);
}

/** What was done differently from what was asked, each in a sentence. */
export function remarks(job) {
  const picture = job.pictures[0], asked = job.request.size?.split("x");
  return job.warnings.map(each => each.field === "size" && each.kind === "adapted" && asked && picture
    ? t("warnSize", size(asked[0], asked[1]), size(picture.width, picture.height), nameOf(job.servedBy)) : each.message);
}
