//! Doc comments as text for a model.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use crate::{keys::ungrouped, problems::Problems};

/// The text of the doc comments among `attributes`; `None` if there is none.
///
/// Wrapped lines are joined; paragraphs, list items, tables and fenced code stay. Text below a
/// `# ` heading is for maintainers and left out.
pub(crate) fn text(attributes: &[Attribute], problems: &Problems) -> Option<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        let Meta::NameValue(doc) = &attribute.meta else {
            continue;
        };
        if !doc.path.is_ident("doc") {
            continue;
        }
        let Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) = ungrouped(doc.value.clone())
        else {
            problems.on(
                &doc.value,
                "this text is checked when the attribute runs, so it must be in the source\n\
                 write it as `/// ...`",
            );
            // It is there, if unreadable: that it is missing would be one mistake too many.
            lines.push("…".to_owned());
            continue;
        };
        let text = text.value();
        // Not `lines()`: an empty `///` is an empty text, and `lines()` makes nothing of it.
        let block = text.contains('\n');
        lines.extend(text.split('\n').map(|line| {
            let line = if block { unstarred(line) } else { line };
            line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()
        }));
    }
    let text = join(lines.iter().map(String::as_str));
    (!text.is_empty()).then_some(text)
}

/// A line of a `/** … */` comment without the `*` it may start with.
fn unstarred(line: &str) -> &str {
    let trimmed = line.trim_start();
    trimmed.strip_prefix('*').unwrap_or(trimmed)
}

fn join<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    let mut fenced = false;
    // Whether the next line of prose goes on where the last one ended.
    let mut open = false;
    for line in lines {
        let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        if !fenced && line.starts_with("# ") {
            break;
        }
        if fenced || fence {
            push_line(&mut out, line);
            fenced ^= fence;
            open = false;
        } else if line.trim().is_empty() {
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push_str(if out.ends_with('\n') { "\n" } else { "\n\n" });
            }
            open = false;
        } else if is_table_row(line) {
            push_line(&mut out, line);
            open = false;
        } else if open && !starts_item(line) {
            out.push(' ');
            out.push_str(line.trim_start());
        } else {
            push_line(&mut out, line);
            open = true;
        }
    }
    out.trim().to_owned()
}

fn push_line(out: &mut String, line: &str) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(line);
}

fn is_table_row(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// Whether `line` begins a list item or a heading.
fn starts_item(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    ["- ", "* ", "+ ", "> ", "#"]
        .iter()
        .any(|mark| line.starts_with(mark))
        || number.len() < line.len() && (number.starts_with(". ") || number.starts_with(") "))
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn of(lines: &[&str]) -> Option<String> {
        let attributes: Vec<Attribute> = lines
            .iter()
            .map(|line| parse_quote!(#[doc = #line]))
            .collect();
        let problems = Problems::default();
        let text = text(&attributes, &problems);
        assert!(problems.finish().is_none());
        text
    }

    #[test]
    fn wrapped_lines_are_joined_and_paragraphs_stay() {
        let text = of(&[
            " List the topics",
            " of a cluster.",
            "",
            " Sorted",
            " by name.",
        ]);
        assert_eq!(
            text.unwrap(),
            "List the topics of a cluster.\n\nSorted by name."
        );
    }

    #[test]
    fn lists_tables_and_code_stay_as_written() {
        let text = of(&[
            " One of:",
            " - `a`: the first,",
            "   and more of it",
            " - `b`",
            " 1. numbered",
            " | x | y |",
            " |---|---|",
            " ```json",
            " {",
            "   \"a\": 1",
            " }",
            " ```",
            " After.",
        ]);
        assert_eq!(
            text.unwrap(),
            "One of:\n- `a`: the first, and more of it\n- `b`\n1. numbered\n| x | y |\n|---|---|\n\
             ```json\n{\n  \"a\": 1\n}\n```\nAfter."
        );
    }

    #[test]
    fn text_below_a_heading_is_left_out() {
        let text = of(&[" Delete topics.", "", " # For maintainers", " Not sent."]);
        assert_eq!(text.unwrap(), "Delete topics.");
        assert_eq!(of(&[" # Only", " for maintainers"]), None);
        let code = of(&[" ```sh", " # a comment", " ```"]);
        assert_eq!(code.unwrap(), "```sh\n# a comment\n```");
    }

    #[test]
    fn nothing_and_blank_lines_are_no_text() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["", "  "]), None);
    }

    #[test]
    fn block_comments_lose_their_stars() {
        let text = of(&["\n * Delete topics\n * for good.\n "]);
        assert_eq!(text.unwrap(), "Delete topics for good.");
    }
}
