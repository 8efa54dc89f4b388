//! Tables: nothing may stand in them but in a cell, and parts left out are put in.

use super::{Kind, Open, SECTIONS, Tag, Tidy};

impl Tidy {
    /// Starts a caption, column, section, row or cell; without a table there is none.
    pub(super) fn table_part(&mut self, name: &'static str, kind: Kind, tag: &Tag<'_>) {
        let Some(table) = self
            .stack
            .iter()
            .rposition(|open| open.is_one_of(&["table"]))
        else {
            return;
        };
        let part = |open: Option<usize>| open.map_or(table + 1, |at| at + 1);
        let within = |this: &Self, names: &[&str]| {
            let found = this
                .stack
                .iter()
                .skip(table)
                .position(|open| open.is_one_of(names));
            found.map(|at| at + table)
        };
        match name {
            "tr" => {
                self.close_to(part(within(self, &SECTIONS)));
                self.open_missing(&["tbody"]);
            }
            "td" | "th" => {
                self.close_to(part(within(self, &["tr"]).or(within(self, &SECTIONS))));
                self.open_missing(&["tbody", "tr"]);
            }
            "col" => {
                self.close_to(part(within(self, &["colgroup"])));
                self.open_missing(&["colgroup"]);
                self.write_tag(name, Some(tag));
                return;
            }
            _ => self.close_to(table + 1),
        }
        self.push(
            Open {
                name,
                kind,
                shown: true,
            },
            Some(tag),
        );
    }

    /// Opens those of `path` that a table still needs, from the innermost open part on.
    fn open_missing(&mut self, path: &[&'static str]) {
        let top = self.stack.last().map_or("", |open| open.name);
        let done = match top {
            "tr" => 2,
            "colgroup" => 1,
            top if SECTIONS.contains(&top) => 1,
            _ => 0,
        };
        for &name in path.iter().skip(done) {
            self.push(
                Open {
                    name,
                    kind: Kind::Block,
                    shown: true,
                },
                None,
            );
        }
    }

    /// In a table but outside its cells: opens a cell, for nothing else may stand there.
    pub(super) fn block_context(&mut self) {
        if let Some(at) = self
            .stack
            .iter()
            .rposition(|open| open.is_one_of(&["colgroup"]))
        {
            self.close_to(at);
        }
        let holder = self.stack.iter().rfind(|open| open.shown);
        if holder.is_some_and(|o| o.is_one_of(&["table", "tr"]) || o.is_one_of(&SECTIONS)) {
            let at = self.stack.iter().rposition(|open| open.shown).unwrap_or(0);
            self.close_to(at + 1);
            self.open_missing(&["tbody", "tr"]);
            self.push_implied("td");
        }
    }
}
