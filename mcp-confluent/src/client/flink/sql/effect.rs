//! What statements do, and to which tables.

use super::lexer::{Kind, Token, tokens};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SqlEffect {
    /// It only looks: `SELECT`, `SHOW`, `DESCRIBE`, `EXPLAIN`.
    Reads,
    /// It adds or alters something: `CREATE`, `INSERT`, `ALTER`.
    Writes,
    /// It is not known here, and may do anything.
    Unknown,
    /// Something can be lost: `DROP`, `DELETE`.
    Destroys,
}

/// What `sql` does; of several statements, the worst.
pub fn effect_of(sql: &str) -> SqlEffect {
    let tokens = tokens(sql);
    let effects = tokens.split(|token| token.is_symbol(";")).map(effect);
    effects.max().unwrap_or(SqlEffect::Reads)
}

/// The names, without catalog and database, of the tables that `sql` changes, makes or drops.
pub fn targets_of(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let statements = tokens.split(|token| token.is_symbol(";"));
    let changing = statements.filter(|it| effect(it) != SqlEffect::Reads);
    changing.flat_map(targets).collect()
}

/// What one statement does.
fn effect(statement: &[Token<'_>]) -> SqlEffect {
    let has = |words: &[&str]| {
        statement
            .iter()
            .any(|token| words.iter().any(|word| token.is_word(word)))
    };
    let start = statement.iter().position(|token| !token.is_symbol("("));
    let Some(statement) = start.map(|start| &statement[start..]) else {
        return SqlEffect::Reads;
    };
    let first = statement[0];
    let is = |words: &[&str]| words.iter().any(|word| first.is_word(word));
    if is(&[
        "SELECT", "VALUES", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "USE", "SET", "RESET", "END",
    ]) {
        return SqlEffect::Reads;
    }
    // A statement set, or what is behind common table expressions: what is in it.
    if is(&["EXECUTE", "BEGIN", "WITH"]) {
        let inside = ["INSERT", "CREATE", "ALTER", "STATEMENT", "PLAN"];
        return if destroys(statement) || has(&["CALL"]) {
            SqlEffect::Destroys
        } else if has(&inside) || !first.is_word("WITH") {
            SqlEffect::Writes
        } else {
            SqlEffect::Reads
        };
    }
    if destroys(statement) || is(&["CALL"]) {
        SqlEffect::Destroys
    } else if is(&["CREATE", "INSERT", "ALTER"]) {
        SqlEffect::Writes
    } else {
        SqlEffect::Unknown
    }
}

/// Whether a word says that something goes, wherever it stands: a name that is such a word has to be
/// quoted anyway.
fn destroys(statement: &[Token<'_>]) -> bool {
    let lost = ["DROP", "DELETE", "TRUNCATE", "OVERWRITE", "UPDATE", "MERGE"];
    let replaces = statement
        .windows(2)
        .any(|pair| pair[0].is_word("OR") && pair[1].is_word("REPLACE"));
    replaces
        || statement
            .iter()
            .any(|token| lost.iter().any(|word| token.is_word(word)))
}

fn targets(statement: &[Token<'_>]) -> Vec<String> {
    let mut targets = Vec::new();
    for (index, token) in statement.iter().enumerate() {
        let before = ["TABLE", "VIEW", "INTO", "OVERWRITE", "UPDATE"];
        let deletes = token.is_word("FROM") && index > 0 && statement[index - 1].is_word("DELETE");
        if deletes || before.iter().any(|word| token.is_word(word)) {
            targets.extend(target(&statement[index + 1..]));
        }
    }
    targets
}

/// The last part of the path that `tokens` begin with, after `IF [NOT] EXISTS`.
fn target(tokens: &[Token<'_>]) -> Option<String> {
    let skipped = ["IF", "NOT", "EXISTS"];
    let start = tokens
        .iter()
        .position(|token| !skipped.iter().any(|word| token.is_word(word)))?;
    let mut tokens = tokens[start..].iter();
    let mut last = None;
    loop {
        let token = tokens.next()?;
        if !matches!(token.kind, Kind::Word | Kind::Name) {
            return last;
        }
        // A topic's name may hold dots and dashes, but only between quotes.
        last = Some(token.inner());
        if !tokens.next().is_some_and(|token| token.is_symbol(".")) {
            return last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        SqlEffect::{Destroys, Reads, Unknown, Writes},
        *,
    };

    #[test]
    fn statements_are_told_apart_by_what_they_do() {
        for (expected, statements) in [
            (
                Reads,
                &[
                    "SELECT 1",
                    "  select * from `drop table`",
                    "-- DROP TABLE x\nSELECT 'DROP TABLE x; --'",
                    "/* DELETE */ ((SELECT 1) UNION ALL (SELECT 2));",
                    "WITH a AS (SELECT 1) SELECT * FROM a",
                    "WITH `insert` AS (SELECT 1) SELECT * FROM `insert`",
                    "SHOW CREATE TABLE orders",
                    "DESCRIBE EXTENDED orders",
                    "desc orders",
                    "EXPLAIN INSERT INTO a SELECT * FROM b",
                    "EXPLAIN PLAN FOR DROP TABLE x",
                    "VALUES (1), (2)",
                    "USE CATALOG shop",
                    "",
                    "-- nothing",
                ][..],
            ),
            (
                Writes,
                &[
                    "INSERT INTO a SELECT * FROM b",
                    "/* SELECT */ insert into a values ('DROP TABLE x')",
                    "(INSERT INTO a SELECT 1)",
                    "CREATE TABLE a AS SELECT * FROM b",
                    "CREATE TABLE IF NOT EXISTS a (b INT)",
                    "ALTER TABLE a SET ('k' = 'v')",
                    "ALTER TABLE a ADD c INT",
                    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END",
                    "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a",
                    "SELECT 1; INSERT INTO a SELECT 1",
                    "EXECUTE PLAN 'p'",
                ],
            ),
            (
                Destroys,
                &[
                    "DROP TABLE a",
                    "/**/drop/**/table a",
                    "DELETE FROM a WHERE b = 1",
                    "TRUNCATE TABLE a",
                    "UPDATE a SET b = 1",
                    "INSERT OVERWRITE a SELECT 1",
                    "CREATE OR REPLACE TABLE a AS SELECT 1",
                    "ALTER TABLE a DROP b",
                    "SELECT 1; DROP TABLE a",
                    "SELECT '\\'; DROP TABLE a",
                    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT OVERWRITE b SELECT 2; END",
                    "EXECUTE DROP TABLE a",
                    "BEGIN DELETE FROM a; END",
                    "CALL sys.anything()",
                    "SELEC 1; DROP TABLE a",
                ],
            ),
            (
                Unknown,
                &[
                    "STOP JOB 'x'",
                    "SELEC 1",
                    "INSERT INTO a SELECT 1; whatever",
                    "'SELECT 1'",
                ],
            ),
        ] {
            for sql in statements {
                assert_eq!(effect_of(sql), expected, "{sql}");
            }
        }
    }

    #[test]
    fn the_tables_that_change_are_found() {
        for (sql, expected) in [
            ("SELECT * FROM a", &[][..]),
            (
                "INSERT INTO `c`.`d`.`_schemas` SELECT * FROM b",
                &["_schemas"],
            ),
            ("CREATE TABLE IF NOT EXISTS a AS SELECT * FROM b", &["a"]),
            ("DROP TABLE IF EXISTS c.a", &["a"]),
            ("DELETE FROM a WHERE b IN (SELECT c FROM d)", &["a"]),
            ("UPDATE `a.b` SET c = 1", &["a.b"]),
            ("ALTER TABLE a SET ('k' = 'v')", &["a"]),
            (
                "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END",
                &["a", "b"],
            ),
        ] {
            assert_eq!(targets_of(sql), expected, "{sql}");
        }
    }
}
