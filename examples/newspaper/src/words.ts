// The page's own words in the language of an article.

const english = {
  by: "By",
  and: "and",
  photographer: "Photographs by",
  illustrator: "Illustrations by",
  translator: "Translated by",
  editor: "Edited by",
  contributor: "With",
  contents: "In this article",
  corrections: "Corrections",
  related: "Related stories",
  tags: "Filed under",
  minutes: "min read",
  photograph: "Photograph",
  also: "Also in",
};

const german: typeof english = {
  by: "Von",
  and: "und",
  photographer: "Fotos von",
  illustrator: "Illustrationen von",
  translator: "Übersetzt von",
  editor: "Redaktion:",
  contributor: "Mit",
  contents: "In diesem Artikel",
  corrections: "Korrekturen",
  related: "Zum Thema",
  tags: "Schlagwörter",
  minutes: "Min. Lesezeit",
  photograph: "Foto",
  also: "Auch auf",
};

export type Words = typeof english;

export function words(locale: string): Words {
  return locale.split("-")[0] === "de" ? german : english;
}

export function languageName(locale: string): string {
  return new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
}

/** Dates are those of the reader's edition, not of the machine that renders. */
export function longDate(time: string, locale: string): string {
  return new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, {
    dateStyle: "long",
    timeZone: "UTC",
  }).format(new Date(time));
}

export function listOf(names: readonly string[], locale: string): string {
  const { and } = words(locale);
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} ${and} ${last}`;
}
