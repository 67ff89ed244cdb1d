//! The file of an import: CSV, JSON lines, or the text format of PostgreSQL's `\copy`, as lines of named fields.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    rc::Rc,
};

use serde_json::{Map, Value};

use crate::{answer::Failure, cli::Format};

/// The fields of a line by the names of their columns, without those that are NULL.
pub(super) type Fields = BTreeMap<String, String>;

/// A line with a row.
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: u64,
    /// Its fields, or why it can't be read.
    pub(super) fields: Result<Fields, String>,
}

/// How much of a file was read.
pub(super) type Position = Rc<Cell<u64>>;

/// An open file, read up to its first row.
pub(super) struct Source {
    length: u64,
    position: Position,
    columns: Vec<String>,
    rows: Rows,
}

enum Rows {
    Csv(csv::Reader<Counted>),
    Jsonl(io::Lines<BufReader<Counted>>),
    Pg { lines: io::Lines<BufReader<Counted>>, header: bool },
}

/// A file that counts the bytes read.
struct Counted(File, Position);

impl Read for Counted {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(to)?;
        self.1.set(self.1.get() + read as u64);
        Ok(read)
    }
}

impl Source {
    /// Opens a file. `columns` names its columns, if it has no header.
    pub(super) fn open(path: &Path, format: Option<Format>, columns: &[String]) -> Result<Self, Failure> {
        let failed = |error: &io::Error| Failure::at(&path.display(), error);
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let format = format.or(match ending {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "tsv" | "txt" => Some(Format::Pg),
            _ => None,
        });
        let format = format.ok_or_else(|| {
            let why = "the name does not say the format: use --format csv, jsonl or pg";
            Failure::Refused(format!("{}: {why}", path.display()))
        })?;
        let file = File::open(path).map_err(|error| failed(&error))?;
        let length = file.metadata().map_err(|error| failed(&error))?.len();
        let position = Position::default();
        let file = Counted(file, Rc::clone(&position));
        let (rows, columns) = match format {
            Format::Csv => {
                let mut reader = csv::ReaderBuilder::new()
                    .has_headers(columns.is_empty())
                    .flexible(true)
                    .from_reader(file);
                let header = if columns.is_empty() {
                    let header = reader.headers().map_err(|error| Failure::at(&path.display(), &error))?;
                    if header.is_empty() {
                        return Err(Failure::Refused(format!("{} is empty", path.display())));
                    }
                    header.iter().map(str::to_owned).collect()
                } else {
                    columns.to_vec()
                };
                (Rows::Csv(reader), header)
            }
            Format::Jsonl => (Rows::Jsonl(BufReader::new(file).lines()), Vec::new()),
            Format::Pg => {
                let mut lines = BufReader::new(file).lines();
                let header = columns.is_empty();
                let columns = if header {
                    let first = lines.next().transpose().map_err(|error| failed(&error))?;
                    first.unwrap_or_default().split('\t').map(str::to_owned).collect()
                } else {
                    columns.to_vec()
                };
                (Rows::Pg { lines, header }, columns)
            }
        };
        Ok(Self { length, position, columns, rows })
    }

    /// The length of the file in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// How much of it has been read so far.
    pub(super) fn position(&self) -> Position {
        Rc::clone(&self.position)
    }

    /// The names of its columns; none for JSON lines, each of which has its own.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Its rows.
    pub(super) fn lines(self) -> Box<dyn Iterator<Item = Line>> {
        let columns = self.columns;
        match self.rows {
            Rows::Csv(reader) => {
                let mut last = 0;
                Box::new(reader.into_records().map(move |record| match record {
                    Ok(record) => {
                        last = record.position().map_or(last, csv::Position::line);
                        Line {
                            number: last,
                            fields: zip(&columns, record.iter().map(|field| Ok(some(field)))),
                        }
                    }
                    Err(error) => {
                        last = error.position().map_or(last + 1, csv::Position::line);
                        Line { number: last, fields: Err("is not a row of CSV in UTF-8".to_owned()) }
                    }
                }))
            }
            Rows::Jsonl(lines) => numbered(lines, 1, |text| Some(object(text))),
            Rows::Pg { lines, header } => numbered(lines, if header { 2 } else { 1 }, move |text| {
                // The end of the data within a script.
                (text != r"\.").then(|| zip(&columns, text.split('\t').map(unescape)))
            }),
        }
    }
}

/// Lines of text with their numbers, without empty ones and those that are not rows.
fn numbered(
    lines: io::Lines<BufReader<Counted>>,
    first: u64,
    fields: impl Fn(&str) -> Option<Result<Fields, String>> + 'static,
) -> Box<dyn Iterator<Item = Line>> {
    Box::new((first..).zip(lines).filter_map(move |(number, text)| match text {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => fields(&text).map(|fields| Line { number, fields }),
        Err(_) => Some(Line { number, fields: Err("is not in UTF-8".to_owned()) }),
    }))
}

/// CSV has no NULL: empty fields are left out.
fn some(field: &str) -> Option<String> {
    (!field.is_empty()).then(|| field.to_owned())
}

fn zip(
    columns: &[String],
    fields: impl Iterator<Item = Result<Option<String>, String>>,
) -> Result<Fields, String> {
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    if fields.len() != columns.len() {
        return Err(format!("has {} instead of {} fields", fields.len(), columns.len()));
    }
    let named = columns.iter().cloned().zip(fields);
    Ok(named.filter_map(|(name, field)| Some((name, field?))).collect())
}

fn object(text: &str) -> Result<Fields, String> {
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| "is not a JSON object".to_owned())?;
    let fields = object.into_iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some(Ok((name, text))),
        Value::Bool(_) | Value::Number(_) => Some(Ok((name, value.to_string()))),
        // NULL, or a column that is not read.
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    });
    fields.collect()
}

/// A field of `COPY`'s text format: <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS>.
/// Nothing that is read here has a character that is written as a number.
fn unescape(field: &str) -> Result<Option<String>, String> {
    if field == r"\N" {
        return Ok(None);
    }
    let (mut text, mut characters) = (String::with_capacity(field.len()), field.chars());
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('v') => '\u{b}',
                Some('0'..='9' | 'x') => return Err("has a character that is written as a number".to_owned()),
                Some(other) => other,
                None => return Err("ends in a backslash".to_owned()),
            },
            other => other,
        });
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use std::{fs, iter};

    use super::*;

    fn lines(name: &str, text: &str, columns: &[&str]) -> Vec<(u64, Result<Fields, String>)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let columns: Vec<_> = columns.iter().map(|name| (*name).to_owned()).collect();
        let source = Source::open(&file, None, &columns).unwrap();
        source.lines().map(|Line { number, fields }| (number, fields)).collect()
    }

    fn row(fields: &[(&str, &str)]) -> Fields {
        fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn one_row_is_read_alike_from_each_format() {
        let expected = Ok(row(&[("a", "x,\"y\"\n"), ("c", "true")]));
        assert_eq!(lines("f.csv", "a,b,c\n\"x,\"\"y\"\"\n\",,true\n", &[]), [(2, expected.clone())]);
        let json = r#"{"a":"x,\"y\"\n","b":null,"c":true,"d":[1]}"#;
        assert_eq!(lines("f.jsonl", &format!("\n{json}\n"), &[]), [(2, expected.clone())]);
        assert_eq!(lines("f.tsv", "a\tb\tc\nx,\"y\"\\n\t\\N\ttrue\n\\.\n", &[]), [(2, expected.clone())]);
        assert_eq!(lines("f.txt", "x,\"y\"\\n\t\\N\ttrue\n", &["a", "b", "c"]), [(1, expected.clone())]);
        assert_eq!(lines("f.csv", "\"x,\"\"y\"\"\n\",,true\n", &["a", "b", "c"]), [(1, expected)]);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_and_the_next_is_read() {
        for (name, text, number) in [
            ("f.csv", "a,b\n1\n1,2\n", 2),
            ("f.csv", "a,b\n\u{1},2,3\n1,2\n", 2),
            ("f.jsonl", "[1]\n{\"a\":1,\"b\":2}\n", 1),
            ("f.tsv", "a\tb\n1\n1\t2\n", 2),
            ("f.tsv", "a\tb\n1\t\\\n1\t2\n", 2),
        ] {
            let lines = lines(name, text, &[]);
            assert_eq!(lines.len(), 2, "{text:?}");
            assert!(lines[0].1.is_err(), "{text:?}");
            let expected = iter::once((number + 1, Ok(row(&[("a", "1"), ("b", "2")]))));
            assert_eq!(lines[1..], expected.collect::<Vec<_>>(), "{text:?}");
        }
    }
}
