//! The SQL that the sandbox understands: enough to look around, to read topics, and to be told what
//! it would have started.

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A word as written: a keyword, a name or a number.
    Word(String),
    /// A name between backticks.
    Name(String),
    /// A text between single quotes.
    Text(String),
    Symbol(char),
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sql {
    Select(Select),
    ShowCatalogs,
    ShowDatabases,
    ShowTables,
    Describe(Vec<String>),
    CreateTable {
        table: Vec<String>,
        if_not_exists: bool,
        partitions: Option<usize>,
        /// `AS SELECT …`: the statement goes on after the table is there.
        as_select: bool,
    },
    DropTable {
        table: Vec<String>,
        if_exists: bool,
    },
    /// It goes on for ever.
    Insert {
        table: Vec<String>,
    },
    /// Rows that are written once.
    InsertValues {
        table: Vec<String>,
        rows: Vec<Vec<Option<String>>>,
    },
    /// Anything else that ends at once.
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Select {
    pub(super) items: Vec<Item>,
    pub(super) from: Option<Vec<String>>,
    /// All of them have to hold.
    pub(super) conditions: Vec<Condition>,
    pub(super) limit: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Everything,
    Count,
    Column { name: String, alias: String },
    Constant { value: Constant, alias: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Constant {
    Number(String),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) column: String,
    pub(super) equal: bool,
    pub(super) value: String,
}

type Result<T> = std::result::Result<T, String>;

/// Reads a statement.
///
/// # Errors
/// In the words of Flink: what was met where something else was expected.
pub(super) fn parse(text: &str) -> Result<Sql> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
    };
    let sql = parser.statement()?;
    while parser.symbol(';') {}
    match parser.peek() {
        None => Ok(sql),
        Some(token) => Err(parser.unexpected(&token.clone())),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
        } else if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            let (_, after) = comment
                .split_once("*/")
                .ok_or("SQL parse failed. A comment does not end")?;
            rest = after;
        } else if first == '\'' || first == '`' {
            let (inner, after) = quoted(&rest[1..], first)
                .ok_or_else(|| format!("SQL parse failed. A {first} is not closed"))?;
            tokens.push(if first == '`' {
                Token::Name(inner)
            } else {
                Token::Text(inner)
            });
            rest = after;
        } else {
            let length = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .unwrap_or(rest.len());
            if length == 0 {
                tokens.push(Token::Symbol(first));
                rest = &rest[first.len_utf8()..];
            } else {
                tokens.push(Token::Word(rest[..length].to_owned()));
                rest = &rest[length..];
            }
        }
    }
    Ok(tokens)
}

/// What stands before the closing quote, where two of them are one, and what comes after it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut inner = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once(quote)?;
        inner.push_str(before);
        match after.strip_prefix(quote) {
            Some(more) => {
                inner.push(quote);
                rest = more;
            }
            None => return Some((inner, after)),
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self) -> Result<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token.ok_or_else(|| "SQL parse failed. Encountered \"<EOF>\"".to_owned())
    }

    fn unexpected(&self, token: &Token) -> String {
        let text = match token {
            Token::Word(text) | Token::Name(text) | Token::Text(text) => text.clone(),
            Token::Symbol(symbol) => symbol.to_string(),
        };
        format!(
            "SQL parse failed. Encountered \"{text}\" at token {}",
            self.at + 1
        )
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(it)) if it.eq_ignore_ascii_case(word))
    }

    /// Takes the words if all of them come next.
    fn words(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        for word in words {
            if !self.is_word(word) {
                self.at = start;
                return false;
            }
            self.at += 1;
        }
        true
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let found = self.peek() == Some(&Token::Symbol(symbol));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: char) -> Result<()> {
        let token = self.take()?;
        if token == Token::Symbol(symbol) {
            return Ok(());
        }
        self.at -= 1;
        Err(self.unexpected(&token))
    }

    fn name(&mut self) -> Result<String> {
        match self.take()? {
            Token::Word(name) | Token::Name(name) => Ok(name),
            token => {
                self.at -= 1;
                Err(self.unexpected(&token))
            }
        }
    }

    fn path(&mut self) -> Result<Vec<String>> {
        let mut path = vec![self.name()?];
        while self.symbol('.') {
            path.push(self.name()?);
        }
        Ok(path)
    }

    fn statement(&mut self) -> Result<Sql> {
        if self.words(&["SELECT"]) {
            return self.select().map(Sql::Select);
        }
        for (words, sql) in [
            (&["SHOW", "CATALOGS"][..], Sql::ShowCatalogs),
            (&["SHOW", "DATABASES"], Sql::ShowDatabases),
            (&["SHOW", "TABLES"], Sql::ShowTables),
        ] {
            if self.words(words) {
                return Ok(sql);
            }
        }
        if self.words(&["DESCRIBE"]) || self.words(&["DESC"]) {
            return self.path().map(Sql::Describe);
        }
        if self.words(&["CREATE", "TABLE"]) {
            return self.create_table();
        }
        if self.words(&["DROP", "TABLE"]) {
            let if_exists = self.words(&["IF", "EXISTS"]);
            let table = self.path()?;
            return Ok(Sql::DropTable { table, if_exists });
        }
        if self.words(&["INSERT", "INTO"]) || self.words(&["INSERT", "OVERWRITE"]) {
            return self.insert();
        }
        self.other()
    }

    fn select(&mut self) -> Result<Select> {
        let mut select = Select::default();
        loop {
            let item = self.item(select.items.len())?;
            select.items.push(item);
            if !self.symbol(',') {
                break;
            }
        }
        if self.words(&["FROM"]) {
            select.from = Some(self.path()?);
        }
        if self.words(&["WHERE"]) {
            loop {
                let condition = self.condition()?;
                select.conditions.push(condition);
                if !self.words(&["AND"]) {
                    break;
                }
            }
        }
        if self.words(&["LIMIT"]) {
            let limit = self.take()?;
            let Token::Word(number) = &limit else {
                return Err(self.unexpected(&limit));
            };
            select.limit = Some(number.parse().map_err(|_| self.unexpected(&limit))?);
        }
        Ok(select)
    }

    fn item(&mut self, index: usize) -> Result<Item> {
        if self.symbol('*') {
            return Ok(Item::Everything);
        }
        if self.words(&["COUNT"]) {
            self.expect('(')?;
            self.expect('*')?;
            self.expect(')')?;
            return Ok(Item::Count);
        }
        let constant = match self.take()? {
            Token::Text(text) => Constant::Text(text),
            Token::Word(word) if word.chars().all(|c| c.is_ascii_digit()) => Constant::Number(word),
            Token::Word(name) | Token::Name(name) => {
                let alias = self.alias()?.unwrap_or_else(|| name.clone());
                return Ok(Item::Column { name, alias });
            }
            token @ Token::Symbol(_) => {
                self.at -= 1;
                return Err(self.unexpected(&token));
            }
        };
        let alias = self.alias()?.unwrap_or_else(|| format!("EXPR${index}"));
        Ok(Item::Constant {
            value: constant,
            alias,
        })
    }

    fn alias(&mut self) -> Result<Option<String>> {
        if self.words(&["AS"]) {
            self.name().map(Some)
        } else {
            Ok(None)
        }
    }

    fn condition(&mut self) -> Result<Condition> {
        let column = self.name()?;
        let equal = self.symbol('=');
        if !equal {
            if self.symbol('!') {
                self.expect('=')?;
            } else {
                self.expect('<')?;
                self.expect('>')?;
            }
        }
        match self.take()? {
            Token::Text(value) | Token::Word(value) => Ok(Condition {
                column,
                equal,
                value,
            }),
            token => {
                self.at -= 1;
                Err(self.unexpected(&token))
            }
        }
    }

    fn create_table(&mut self) -> Result<Sql> {
        let if_not_exists = self.words(&["IF", "NOT", "EXISTS"]);
        let table = self.path()?;
        let mut partitions = None;
        let mut as_select = false;
        while let Some(token) = self.peek() {
            if *token == Token::Symbol(';') {
                break;
            }
            as_select |= self.is_word("SELECT");
            if self.words(&["INTO"])
                && let Token::Word(number) = self.take()?
            {
                partitions = number.parse().ok();
            } else {
                self.at += 1;
            }
        }
        Ok(Sql::CreateTable {
            table,
            if_not_exists,
            partitions,
            as_select,
        })
    }

    fn insert(&mut self) -> Result<Sql> {
        let table = self.path()?;
        if !self.words(&["VALUES"]) {
            if !self.is_word("SELECT") && !self.is_word("WITH") && !self.symbol('(') {
                let token = self.take()?;
                self.at -= 1;
                return Err(self.unexpected(&token));
            }
            self.skip();
            return Ok(Sql::Insert { table });
        }
        let mut rows = Vec::new();
        loop {
            self.expect('(')?;
            let mut row = Vec::new();
            loop {
                row.push(match self.take()? {
                    Token::Text(text) => Some(text),
                    Token::Word(word) if word.eq_ignore_ascii_case("NULL") => None,
                    Token::Word(word) => Some(word),
                    token => {
                        self.at -= 1;
                        return Err(self.unexpected(&token));
                    }
                });
                if !self.symbol(',') {
                    break;
                }
            }
            self.expect(')')?;
            rows.push(row);
            if !self.symbol(',') {
                return Ok(Sql::InsertValues { table, rows });
            }
        }
    }

    /// What the sandbox takes without doing anything, such as `ALTER` or `EXPLAIN`.
    fn other(&mut self) -> Result<Sql> {
        const KNOWN: [&str; 7] = [
            "ALTER", "CREATE", "DROP", "EXECUTE", "EXPLAIN", "SET", "USE",
        ];
        let token = self.take()?;
        if let Token::Word(word) = &token {
            let word = word.to_ascii_uppercase();
            if KNOWN.contains(&word.as_str()) {
                self.at = self.tokens.len();
                return Ok(Sql::Other(word));
            }
        }
        self.at -= 1;
        Err(self.unexpected(&token))
    }

    fn skip(&mut self) {
        while self.peek().is_some_and(|it| *it != Token::Symbol(';')) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(parts: &[&str]) -> Vec<String> {
        parts.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn quotes_are_taken_apart() {
        let Ok(Sql::Select(select)) = parse(
            "SELECT a, 'it''s' AS b -- c\nFROM `x``y`.t /* d */ WHERE a <> 'q' AND b = 1 LIMIT 5;",
        ) else {
            panic!("no SELECT");
        };
        assert_eq!(select.from, Some(path(&["x`y", "t"])));
        assert_eq!(select.limit, Some(5));
        assert_eq!(select.conditions.len(), 2);
        assert!(!select.conditions[0].equal && select.conditions[1].equal);
        assert_eq!(
            select.items[1],
            Item::Constant {
                value: Constant::Text("it's".to_owned()),
                alias: "b".to_owned()
            }
        );
    }

    #[test]
    fn statements_are_told_apart() {
        let table = path(&["t"]);
        assert_eq!(
            parse("create table if not exists t (a INT) distributed into 3 buckets"),
            Ok(Sql::CreateTable {
                table: table.clone(),
                if_not_exists: true,
                partitions: Some(3),
                as_select: false
            })
        );
        assert_eq!(
            parse("INSERT INTO t SELECT * FROM u WHERE f(x) > 1"),
            Ok(Sql::Insert {
                table: table.clone()
            })
        );
        assert_eq!(
            parse("INSERT INTO t VALUES ('a', 1), (NULL, 2)"),
            Ok(Sql::InsertValues {
                table,
                rows: vec![
                    vec![Some("a".to_owned()), Some("1".to_owned())],
                    vec![None, Some("2".to_owned())]
                ]
            })
        );
        assert_eq!(
            parse("ALTER TABLE t SET ('a' = 'b')"),
            Ok(Sql::Other("ALTER".to_owned()))
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, problem) in [
            ("SELEC 1", "Encountered \"SELEC\""),
            ("SELECT a FROM t GROUP BY a", "Encountered \"GROUP\""),
            ("SELECT 'a", "is not closed"),
            ("SELECT", "<EOF>"),
        ] {
            assert!(parse(text).is_err_and(|it| it.contains(problem)), "{text}");
        }
    }
}
