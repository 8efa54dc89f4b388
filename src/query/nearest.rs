//! "Did you mean …": the known name nearest to an unknown one.

/// Names longer than this are not compared: nobody mistypes that much, and the work is quadratic.
const MAX_COMPARED: usize = 64;

/// The candidate that differs from `name` by the fewest single-character edits, when they are few
/// enough for a slip of the keys: a third of the name's length, rounded up, at most three.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(MAX_COMPARED + 1).collect();
    if name.len() > MAX_COMPARED {
        return None;
    }
    let allowed = name.len().div_ceil(3).min(3);
    candidates
        .into_iter()
        .map(|candidate| (edits(&name, candidate), candidate))
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, ASCII letters compared without regard to case.
fn edits(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (line, wanted) in to.chars().enumerate() {
        let mut left = line + 1;
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), left);
        for (given, cell) in from.iter().zip(row.iter_mut().skip(1)) {
            let differs = usize::from(!given.eq_ignore_ascii_case(&wanted));
            let best = (diagonal + differs).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        let edits = |from: &str, to: &str| edits(&from.chars().collect::<Vec<_>>(), to);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", ""), 3);
        assert_eq!(edits("Slug", "slug"), 0);
    }

    #[test]
    fn suggests_only_what_is_close() {
        let names = ["title", "slug", "authors.name"];
        assert_eq!(nearest("titel", names), Some("title"));
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest("author.name", names), Some("authors.name"));
        assert_eq!(nearest("body", names), None);
        assert_eq!(nearest(&"t".repeat(100_000), names), None);
    }
}
