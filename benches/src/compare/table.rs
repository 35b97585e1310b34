//! Tables as text that is also Markdown: padded columns, first one left, the others right.

use std::fmt;

/// A table under construction.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    /// A table with these column titles.
    #[must_use]
    pub fn new(titles: &[&str]) -> Self {
        let titles = titles.iter().map(|&title| title.to_owned()).collect();
        Self {
            rows: vec![titles],
            notes: Vec::new(),
        }
    }

    /// Appends a row.
    ///
    /// # Panics
    /// When it has another number of cells than there are titles.
    pub fn push(&mut self, row: Vec<String>) {
        assert_eq!(
            row.len(),
            self.rows[0].len(),
            "a row has one cell per column"
        );
        self.rows.push(row);
    }

    /// Adds a footnote and returns its mark. The same text has the same mark.
    pub fn note(&mut self, text: String) -> String {
        let index = self
            .notes
            .iter()
            .position(|note| *note == text)
            .unwrap_or_else(|| {
                self.notes.push(text);
                self.notes.len() - 1
            });
        format!("[{}]", index + 1)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            self.rows
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.rows[0].len()).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(f, "| {cell:<width$} ")?;
                } else {
                    write!(f, "| {cell:>width$} ")?;
                }
            }
            writeln!(f, "|")?;
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let (dashes, end) = if column == 0 {
                        (width + 2, "")
                    } else {
                        (width + 1, ":")
                    };
                    write!(f, "|{}{end}", "-".repeat(dashes))?;
                }
                writeln!(f, "|")?;
            }
        }
        if !self.notes.is_empty() {
            writeln!(f)?;
        }
        for (index, note) in self.notes.iter().enumerate() {
            writeln!(f, "[{}] {note}", index + 1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_padded_and_notes_numbered() {
        let mut table = Table::new(&["server", "µs", ""]);
        let mark = table.note("client-bound".to_owned());
        table.push(vec!["floor".to_owned(), "10.25".to_owned(), mark]);
        assert_eq!(table.note("client-bound".to_owned()), "[1]");
        let expected = "\
            | server |    µs |     |\n\
            |--------|------:|----:|\n\
            | floor  | 10.25 | [1] |\n\
            \n\
            [1] client-bound\n";
        assert_eq!(table.to_string(), expected);
    }
}
