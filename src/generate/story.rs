//! One article of many, each made by itself from its number.

use serde_json::{Value, json};

use super::dice::Dice;
use super::prose::Prose;
use super::words::{LANGUAGES, PLACES, SECTIONS, Vocabulary};
use super::{BY, Options, World};
use crate::articles::article::{ArticleInput, AuthorRole};
use crate::articles::bulk_insert::Ready;
use crate::articles::drafts::store::as_if;
use crate::articles::links::Links;
use crate::articles::rendering::rendered;
use crate::articles::row::ArticleRow;
use crate::articles::states::Status;
use crate::clock::Ids;
use crate::db::Time;
use crate::error::{Error, Result};
use crate::http::body;
use crate::text::slug::slugify;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;
/// The last of so many articles is a translation of the one before.
const TRANSLATION: usize = 12;
/// One of so many is a draft.
const DRAFT: usize = 33;
/// How far back related articles lie, in articles.
const RELATED: usize = 5_000;
/// Bytes of a slug that are taken from the headline.
const SLUG: usize = 80;

/// The moment before the first publication.
pub fn begin(options: &Options) -> Time {
    Time(options.until.0 - i64::from(options.years) * YEAR)
}

/// A number in the letters and digits of a slug.
pub fn in_letters(mut number: usize) -> String {
    let mut text = Vec::new();
    loop {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        text.extend(char::from_digit(digit, 36));
        number /= 36;
        if number == 0 {
            return text.into_iter().rev().collect();
        }
    }
}

/// The outline of an article.
struct Plan {
    id: String,
    group: String,
    /// Which of the languages it is in.
    language: usize,
    created_at: Time,
    published_at: Time,
    /// The number of the article that it translates, or its own.
    original: usize,
}

impl Plan {
    fn of(world: &World, number: usize) -> Result<Self> {
        let options = &world.options;
        let mut dice = dice(world, "plan", number);
        // The square root puts ever more of them into a year.
        let part = (number as f64 + dice.fraction()) / options.articles.max(1) as f64;
        let span = i64::from(options.years) * YEAR;
        let after = (span as f64 * part.sqrt()) as i64;
        let published_at = Time(begin(options).0 + after.min(span - 1));
        let created_at = Time(published_at.0 - HOUR - less_than(&mut dice, 2 * DAY));
        let id = Ids::of(created_at, dice.bytes());
        let mut plan = Self {
            group: id.clone(),
            id,
            language: language(&mut dice),
            created_at,
            published_at,
            original: number,
        };
        if number % TRANSLATION == TRANSLATION - 1 {
            let original = Self::of(world, number - 1)?;
            plan.language =
                (original.language + 1 + dice.below(LANGUAGES.len() - 1)) % LANGUAGES.len();
            plan.group = original.group;
            plan.original = original.original;
        }
        Ok(plan)
    }
}

fn dice(world: &World, purpose: &str, number: usize) -> Dice {
    let number = u64::try_from(number).unwrap_or_default();
    Dice::of(world.options.seed, purpose, number)
}

fn less_than(dice: &mut Dice, bound: i64) -> i64 {
    let bound = usize::try_from(bound).unwrap_or_default();
    i64::try_from(dice.below(bound)).unwrap_or_default()
}

/// Seven of ten articles are in the first language.
fn language(dice: &mut Dice) -> usize {
    match dice.below(100) {
        0..70 => 0,
        70..85 => 1,
        85..95 => 2,
        _ => 3,
    }
}

/// The article of this number, with all of its rows.
///
/// # Errors
/// Never, unless its parts break a rule of articles.
pub fn make(world: &World, number: usize) -> Result<Ready> {
    let plan = Plan::of(world, number)?;
    let Some(language) = LANGUAGES.get(plan.language) else {
        return Err(Error::internal("a language without words"));
    };
    let mut dice = dice(world, "article", number);
    let input = fields(world, &mut dice, language, &plan, number);
    let input: ArticleInput = body::check(input)?;
    let blank = ArticleRow::blank(plan.id.clone(), language.locale, plan.created_at, BY);
    let (mut row, long) = as_if(&blank, &input, rendered(&input));
    row.translation_group.clone_from(&plan.group);
    let writing = plan.published_at.0 - plan.created_at.0;
    row.updated_at = Time(plan.created_at.0 + less_than(&mut dice, writing));
    if !dice.one_in(DRAFT) {
        publish(&mut dice, &mut row, &plan, world.options.until);
    }
    let links = links(world, &mut dice, number, &plan)?;
    let copy = Ids::of(plan.published_at, dice.bytes());
    Ready::new(row, long, links, copy)
}

/// Makes a row that of an article that was published when it was planned.
fn publish(dice: &mut Dice, row: &mut ArticleRow, plan: &Plan, until: Time) {
    row.status = Status::Published;
    row.published_at = Some(plan.published_at);
    row.first_published_at = row.published_at;
    row.live_version = Some(row.version);
    if dice.one_in(25) {
        let earlier = plan.published_at.0 - less_than(dice, 20 * DAY);
        row.first_published_at = Some(Time(earlier));
    }
    if dice.one_in(100) {
        let later = until.0 + YEAR + less_than(dice, 10 * YEAR);
        row.expires_at = Some(Time(later));
        row.live_until = row.expires_at;
    }
}

/// The members of an article that are no references.
fn fields(
    world: &World,
    dice: &mut Dice,
    language: &'static Vocabulary,
    plan: &Plan,
    number: usize,
) -> Value {
    let bytes = body_bytes(&world.options, dice);
    // A translation is in the section of its original.
    let mut shared = self::dice(world, "section", plan.original);
    let section = SECTIONS.get(world.by_section.draw(&mut shared));
    let section = section.filter(|_| !shared.one_in(20));
    let kicker = dice.one_in(2).then(|| dice.word(language.kickers));
    let dateline = dice.one_in(4).then(|| dice.word(PLACES));
    let featured = dice.one_in(60);
    let (has_standfirst, has_image) = (!dice.one_in(10), !dice.one_in(4));
    let has_description = dice.one_in(5);
    let mut prose = Prose::new(dice, language);
    let title = prose.words(4, 9);
    let standfirst = has_standfirst.then(|| format!("{} {}", prose.sentence(), prose.sentence()));
    let image = has_image.then(|| {
        json!({
            "media": format!("https://media.example.org/{}.jpg", in_letters(number)),
            "alt": prose.words(3, 8), "caption": prose.sentence(), "credit": "Masthead Pictures",
        })
    });
    let description = has_description.then(|| prose.sentence());
    let source = prose.body(bytes);
    json!({
        "slug": slug(&title, number), "locale": language.locale, "title": title,
        "kicker": kicker, "standfirst": standfirst, "dateline": dateline, "section": section,
        "featured": featured, "lead_image": image, "seo": {"description": description},
        "body": {"format": "markdown", "source": source},
    })
}

fn body_bytes(options: &Options, dice: &mut Dice) -> usize {
    let (least, most) = (*options.body_bytes.start(), *options.body_bytes.end());
    let more = most.saturating_sub(least) as f64 * dice.fraction().powi(3);
    least + more as usize
}

/// A slug that no other article has: it ends with the number.
fn slug(title: &str, number: usize) -> String {
    let mut slug = slugify(title).unwrap_or_default();
    slug.truncate(SLUG);
    let words = slug.trim_end_matches('-');
    format!("{words}-{}", in_letters(number))
}

fn links(world: &World, dice: &mut Dice, number: usize, plan: &Plan) -> Result<Links> {
    let mut links = Links::default();
    let authors = match dice.below(20) {
        0 => 3,
        1..=4 => 2,
        _ => 1,
    };
    for position in 0..authors {
        if let Some(id) = world.authors.get(world.by_author.draw(dice))
            && links.authors.iter().all(|(other, _)| other != id)
        {
            let role = match position {
                0 => AuthorRole::Author,
                1 => AuthorRole::Photographer,
                _ => AuthorRole::Editor,
            };
            links.authors.push((id.clone(), role));
        }
    }
    let mut shared = self::dice(world, "tags", plan.original);
    for _ in 0..1 + shared.below(3) + shared.below(4) {
        if let Some(id) = world.tags.get(world.by_tag.draw(&mut shared))
            && !links.tags.contains(id)
        {
            links.tags.push(id.clone());
        }
    }
    if number > 0 && !dice.one_in(3) {
        for _ in 0..1 + dice.below(3) {
            let other = number - 1 - dice.below(number.min(RELATED));
            let id = Plan::of(world, other)?.id;
            if !links.related.contains(&id) {
                links.related.push(id);
            }
        }
    }
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_letters() {
        for (number, letters) in [(0, "0"), (35, "z"), (36, "10"), (46_655, "zzz")] {
            assert_eq!(in_letters(number), letters);
        }
    }
}
