//! The grammar: from text to tree, by recursive descent.

use std::marker::PhantomData;

use super::super::error::echo;
use super::super::named::{Named as _, listed};
use super::scanner::{QuoteFault, Scanner};
use super::{
    Condition, FieldKind, Filter, FilterError, FilterOp, Filterable, MAX_CONDITIONS, MAX_DEPTH,
    MAX_LEN, value,
};

pub(super) fn parse<F: Filterable>(input: &str) -> Result<Filter<F>, FilterError> {
    let mut parser = Parser::<F> {
        input,
        scan: Scanner::new(input),
        conditions: 0,
        fields: PhantomData,
    };
    if input.len() > MAX_LEN {
        let end = (0..=MAX_LEN)
            .rfind(|at| input.is_char_boundary(*at))
            .unwrap_or(0);
        let detail = format!(
            "the filter has {} bytes; the maximum is {MAX_LEN}",
            input.len()
        );
        return parser.refuse(end, "filter_too_long", detail);
    }
    let filter = parser.filter(0)?;
    match parser.scan.next() {
        None => Ok(filter),
        Some(_) => parser.refuse(
            parser.scan.at(),
            "filter_unbalanced",
            "this `)` has no matching `(`; remove it or add a `(`",
        ),
    }
}

struct Parser<'i, F> {
    input: &'i str,
    scan: Scanner<'i>,
    conditions: usize,
    fields: PhantomData<F>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

impl<F: Filterable> Parser<'_, F> {
    /// Terms with one kind of joint, up to a `)` or the end, which is left standing. `depth` is
    /// the number of parentheses open here; the recursion grows with nothing else.
    fn filter(&mut self, depth: usize) -> Result<Filter<F>, FilterError> {
        let first = self.term(depth)?;
        let mut terms = vec![first];
        let mut joint = None;
        while let Some((found, at)) = self.joint()? {
            if *joint.get_or_insert(found) != found {
                return self.refuse(
                    at,
                    "filter_mixed_and_or",
                    "AND and OR are mixed here; group one of them with parentheses, as in a AND (b \
                     OR c)",
                );
            }
            terms.push(self.term(depth)?);
        }
        Ok(match (joint, terms.pop()) {
            (None, Some(only)) => only,
            (joint, last) => {
                terms.extend(last);
                if joint == Some(Joint::Or) {
                    Filter::Any(terms)
                } else {
                    Filter::All(terms)
                }
            }
        })
    }

    /// The `AND` or `OR` here and its place; none before a `)` and at the end.
    fn joint(&mut self) -> Result<Option<(Joint, usize)>, FilterError> {
        self.scan.blanks();
        let at = self.scan.at();
        let Some(next) = self.scan.next().filter(|next| *next != ')') else {
            return Ok(None);
        };
        let word = self.scan.peek_word();
        let joint = match word {
            "AND" => Joint::And,
            "OR" => Joint::Or,
            _ => {
                let detail = if is_joint(word) {
                    format!("write {} in capital letters", word.to_ascii_uppercase())
                } else if !word.is_empty() || matches!(next, '(' | '"' | '\'') {
                    "expected AND or OR between conditions (a value with spaces needs quotation \
                     marks)"
                        .to_owned()
                } else {
                    let next = echo(next.encode_utf8(&mut [0; 4]));
                    format!(
                        "expected AND, OR, `)` or the end, found {next}; a value with characters \
                         other than letters, digits, - _ . needs quotation marks"
                    )
                };
                return self.refuse(at, "filter_syntax", detail);
            }
        };
        self.scan.word();
        Ok(Some((joint, at)))
    }

    /// A condition or a group in parentheses, perhaps negated.
    fn term(&mut self, depth: usize) -> Result<Filter<F>, FilterError> {
        self.scan.blanks();
        let negated = if self.scan.sign('-') {
            true
        } else if self.scan.peek_word() == "NOT" {
            self.scan.word();
            self.scan.blanks();
            true
        } else {
            false
        };
        let at = self.scan.at();
        let inner = if self.scan.sign('(') {
            if depth == MAX_DEPTH {
                let detail =
                    format!("parentheses are nested too deeply; the maximum is {MAX_DEPTH}");
                return self.refuse(at, "filter_too_deep", detail);
            }
            let inner = self.filter(depth + 1)?;
            if !self.scan.sign(')') {
                let detail = "this `(` has no matching `)`; add one at the end";
                return self.refuse(at, "filter_unbalanced", detail);
            }
            inner
        } else {
            self.condition(at)?
        };
        Ok(if negated { negate(inner) } else { inner })
    }

    fn condition(&mut self, at: usize) -> Result<Filter<F>, FilterError> {
        let word = self.scan.peek_word();
        if word.is_empty() || matches!(word, "AND" | "OR" | "NOT") || word.starts_with('-') {
            let found = match self.scan.next() {
                None => "the end".to_owned(),
                Some(_) if !word.is_empty() => echo(word),
                Some(next) => echo(next.encode_utf8(&mut [0; 4])),
            };
            let detail = format!("expected a condition (field, operator, value), found {found}");
            return self.refuse(at, "filter_syntax", detail);
        }
        if self.conditions == MAX_CONDITIONS {
            let detail = format!("there are too many conditions; the maximum is {MAX_CONDITIONS}");
            return self.refuse(at, "filter_too_many", detail);
        }
        self.conditions += 1;
        self.scan.word();

        let Some(field) = F::from_name(word) else {
            let detail = format!(
                "there is no field {}; allowed: {}",
                echo(word),
                listed(F::ALL)
            );
            return self.refuse(at, "filter_unknown_field", detail);
        };
        let kind = field.kind();
        let (op, negated) = self.operator(field, kind)?;
        let (value_at, text) = self.value(kind)?;
        match value::check(kind, text) {
            Ok(value) => {
                let is = Filter::Is(Condition {
                    field,
                    op,
                    value,
                    at,
                });
                Ok(if negated { negate(is) } else { is })
            }
            Err(detail) => {
                let detail = format!("`{}` {detail}", field.name());
                self.refuse(value_at, "filter_value", detail)
            }
        }
    }

    /// The operator, and whether the condition is the negation of it: of a link, `=` is the same
    /// as `:`, and `!=` its opposite.
    fn operator(&mut self, field: F, kind: FieldKind) -> Result<(FilterOp, bool), FilterError> {
        self.scan.blanks();
        let at = self.scan.at();
        let (name, allowed) = (field.name(), listed_operators(kind));
        match self.scan.operator() {
            None => {
                let detail = format!("expected an operator after `{name}`; allowed: {allowed}");
                self.refuse(at, "filter_syntax", detail)
            }
            Some(op) if !kind.operators().contains(&op) => {
                let detail = format!(
                    "`{name}` does not support {}; allowed: {allowed}",
                    symbol(op)
                );
                self.refuse(at, "filter_operator", detail)
            }
            Some(FilterOp::Ne) if kind == FieldKind::Link => Ok((FilterOp::Has, true)),
            Some(_) if kind == FieldKind::Link => Ok((FilterOp::Has, false)),
            Some(op) => Ok((op, false)),
        }
    }

    /// The value's place and its text.
    fn value(&mut self, kind: FieldKind) -> Result<(usize, String), FilterError> {
        self.scan.blanks();
        let at = self.scan.at();
        match self.scan.quoted() {
            Ok(Some(text)) => return Ok((at, text)),
            Ok(None) => {}
            Err(QuoteFault::Open) => {
                let detail = "this quotation mark is never closed";
                return self.refuse(at, "filter_unbalanced", detail);
            }
            Err(QuoteFault::Escape(at)) => {
                let detail = "expected a quotation mark or another `\\` after this `\\`";
                return self.refuse(at, "filter_syntax", detail);
            }
        }
        match self.scan.bare_value() {
            "" | "AND" | "OR" | "NOT" => {
                let detail = format!(
                    "expected a value ({}); AND, OR, NOT and characters other than letters, \
                     digits, - _ . need quotation marks",
                    value::described(kind)
                );
                self.refuse(at, "filter_syntax", detail)
            }
            text => Ok((at, text.to_owned())),
        }
    }

    fn refuse<T>(
        &self,
        at: usize,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Result<T, FilterError> {
        Err(FilterError::at(self.input, at, code, detail))
    }
}

/// Two negations are none; so a tree is never deeper than its parentheses were.
fn negate<F>(filter: Filter<F>) -> Filter<F> {
    match filter {
        Filter::Not(inner) => *inner,
        other => Filter::Not(Box::new(other)),
    }
}

fn is_joint(word: &str) -> bool {
    ["and", "or"]
        .iter()
        .any(|joint| word.eq_ignore_ascii_case(joint))
}

fn symbol(op: FilterOp) -> String {
    format!("`{}`", op.name())
}

fn listed_operators(kind: FieldKind) -> String {
    kind.operators()
        .iter()
        .map(|op| symbol(*op))
        .collect::<Vec<_>>()
        .join(" ")
}
