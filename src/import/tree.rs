//! A folder of Markdown files: which of them to read, and what their names say.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where to read it.
    pub absolute: PathBuf,
    /// Its place below the root, with forward slashes on every system.
    pub relative: String,
}

/// Something that was left out, for the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its place below the root, with forward slashes on every system.
    pub relative: String,
    /// Why, in words for a person.
    pub reason: String,
}

/// Every `*.md` and `*.markdown` file below `root`, in the order of its relative path, and what
/// was skipped: section pages (`_index.md`), hidden files and folders, links that lead out of
/// the root, and what cannot be read. Files of other kinds are passed over in silence.
///
/// A link to a file inside the root is followed. A link to a folder never is: a folder inside
/// the root is read in its own place, so no text is read twice and no loop can arise.
///
/// # Errors
/// When `root` itself cannot be resolved or listed.
pub fn walk(root: &Path) -> io::Result<(Vec<Source>, Vec<Skipped>)> {
    let mut walk = Walk {
        root: fs::canonicalize(root)?,
        sources: Vec::new(),
        skipped: Vec::new(),
    };
    let mut folders = Vec::new();
    walk.list(&walk.root.clone(), "", &mut folders)?;
    while let Some((folder, relative)) = folders.pop() {
        if let Err(error) = walk.list(&folder, &relative, &mut folders) {
            walk.skip(relative, &format!("cannot be read: {error}"));
        }
    }
    walk.sources.sort_by(|a, b| a.relative.cmp(&b.relative));
    walk.skipped.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok((walk.sources, walk.skipped))
}

/// Whether a file lies in a folder `_drafts`, where Jekyll keeps what is not published.
pub fn in_drafts(relative: &str) -> bool {
    relative
        .rsplit_once('/')
        .is_some_and(|(folders, _)| folders.split('/').any(|f| f == "_drafts"))
}

/// Splits `about.de.md` into `about` and `de`, as Zola and Hugo name translations.
///
/// The suffix must be a language tag: a two-letter code of ISO 639-1, then at most a script and
/// a region (`zh-Hans`, `pt-BR`). Names do look like that by chance (`crates.io.md`, `how.to.md`),
/// so act on the answer only where the site has the language.
pub fn language_suffix(file_name: &str) -> Option<(&str, &str)> {
    let (stem, extension) = file_name.rsplit_once('.')?;
    let (name, tag) = stem.rsplit_once('.')?;
    (is_markdown(extension) && !name.is_empty() && is_language_tag(tag)).then_some((name, tag))
}

struct Walk {
    root: PathBuf,
    sources: Vec<Source>,
    skipped: Vec<Skipped>,
}

impl Walk {
    /// Sorts the entries of one folder; folders to list later go to `folders`.
    fn list(
        &mut self,
        folder: &Path,
        place: &str,
        folders: &mut Vec<(PathBuf, String)>,
    ) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let file_name = entry.file_name();
            let name = file_name.to_string_lossy();
            let relative = if place.is_empty() {
                name.to_string()
            } else {
                format!("{place}/{name}")
            };
            let kind = entry.file_type()?;
            if kind.is_dir() && !name.starts_with('.') {
                folders.push((entry.path(), relative));
            } else if kind.is_dir() {
                self.skip(relative, "a hidden folder");
            } else if kind.is_symlink() {
                self.link(&entry.path(), &name, relative);
            } else if let Some((_, extension)) = name.rsplit_once('.')
                && is_markdown(extension)
            {
                self.file(entry.path(), &name, relative, kind.is_file());
            }
        }
        Ok(())
    }

    fn file(&mut self, absolute: PathBuf, name: &str, relative: String, regular: bool) {
        if name.starts_with('.') {
            self.skip(relative, "a hidden file");
        } else if is_section_page(name) {
            self.skip(relative, "a section page, not an article");
        } else if !regular {
            // A pipe named like an article would keep its reader waiting for ever.
            self.skip(relative, "not a regular file");
        } else {
            self.sources.push(Source { absolute, relative });
        }
    }

    fn link(&mut self, path: &Path, name: &str, relative: String) {
        let resolved = fs::canonicalize(path).and_then(|target| {
            let kind = fs::metadata(&target)?;
            Ok((target, kind))
        });
        let markdown = name
            .rsplit_once('.')
            .is_some_and(|(_, extension)| is_markdown(extension));
        match resolved {
            Err(error) => self.skip(relative, &format!("a broken link: {error}")),
            Ok((target, kind)) if !target.starts_with(&self.root) => {
                if markdown || kind.is_dir() {
                    self.skip(relative, "a link to outside the folder");
                }
            }
            Ok((_, kind)) if kind.is_dir() => {
                self.skip(
                    relative,
                    "a link to a folder, which is imported at its original location",
                );
            }
            // The target, not the link: what was checked is what will be read.
            Ok((target, kind)) if markdown => self.file(target, name, relative, kind.is_file()),
            Ok(_) => {}
        }
    }

    fn skip(&mut self, relative: String, reason: &str) {
        self.skipped.push(Skipped {
            relative,
            reason: reason.to_owned(),
        });
    }
}

fn is_markdown(extension: &str) -> bool {
    extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown")
}

/// `_index.md`, and `_index.de.md` for a translated section.
fn is_section_page(name: &str) -> bool {
    let stem = language_suffix(name).map(|(stem, _)| stem);
    stem.or_else(|| name.rsplit_once('.').map(|(stem, _)| stem)) == Some("_index")
}

fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default().to_ascii_lowercase();
    let known = language.len() == 2 && LANGUAGES.split(' ').any(|code| code == language);
    let script = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphabetic());
    let region = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))
            || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let rest = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => true,
        (Some(one), None, _) => script(one) || region(one),
        (Some(one), Some(two), None) => script(one) && region(two),
        _ => false,
    };
    known && rest
}

/// The two-letter codes of ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch \
    co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha \
    he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks \
    ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no \
    nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq \
    sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi \
    yo za zh zu";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_language() {
        for (name, expected) in [
            ("about.de.md", Some(("about", "de"))),
            ("about.pt-BR.md", Some(("about", "pt-BR"))),
            ("index.zh-Hans-CN.markdown", Some(("index", "zh-Hans-CN"))),
            ("v1.2.fr.md", Some(("v1.2", "fr"))),
            ("about.md", None),
            (".de.md", None),
            ("de.md", None),
            ("Rust-1.12.md", None),
            ("node.js.md", None),
            ("jquery.min.md", None),
            ("about.de.txt", None),
            ("about.de-.md", None),
            ("about.de-DE-DE-DE.md", None),
            ("", None),
        ] {
            assert_eq!(language_suffix(name), expected, "{name}");
        }
    }

    #[test]
    fn drafts_are_known_by_their_folder() {
        assert!(in_drafts("_drafts/x.md"));
        assert!(in_drafts("blog/_drafts/2026/x.md"));
        assert!(!in_drafts("drafts/x.md"));
        assert!(!in_drafts("_drafts"));
    }

    #[test]
    fn a_folder_is_walked_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        for name in [
            "b.md",
            "a/index.md",
            "a/photo.jpg",
            "a/_index.md",
            "_index.de.md",
            ".git/x.md",
            ".hidden.md",
            "_drafts/d.markdown",
            "C.MD",
            "a.md",
            "noextension",
        ] {
            write(name);
        }
        let (sources, skipped) = walk(folder.path()).unwrap();
        let names = |list: &[Source]| list.iter().map(|s| s.relative.clone()).collect::<Vec<_>>();
        assert_eq!(
            names(&sources),
            ["C.MD", "_drafts/d.markdown", "a.md", "a/index.md", "b.md"]
        );
        assert!(sources.iter().all(|source| source.absolute.is_absolute()));
        let left: Vec<_> = skipped.iter().map(|s| s.relative.as_str()).collect();
        assert_eq!(left, [".git", ".hidden.md", "_index.de.md", "a/_index.md"]);
        assert!(walk(&folder.path().join("absent")).is_err());
        assert!(walk(&folder.path().join("b.md")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_and_never_loop() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.md"), "x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("posts")).unwrap();
        fs::write(root.join("posts/a.md"), "x").unwrap();
        symlink(outside.path().join("secret.md"), root.join("secret.md")).unwrap();
        symlink(outside.path(), root.join("out")).unwrap();
        symlink(root, root.join("posts/loop")).unwrap();
        symlink(root.join("posts/a.md"), root.join("again.md")).unwrap();
        symlink(root.join("nowhere"), root.join("broken.md")).unwrap();
        let (sources, skipped) = walk(root).unwrap();
        let names: Vec<_> = sources.iter().map(|s| s.relative.as_str()).collect();
        assert_eq!(names, ["again.md", "posts/a.md"]);
        let left: Vec<_> = skipped.iter().map(|s| s.relative.as_str()).collect();
        assert_eq!(left, ["broken.md", "out", "posts/loop", "secret.md"]);
    }
}
