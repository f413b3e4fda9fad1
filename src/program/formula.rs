//! Formulas over metrics, as people write them: `100 * (now - before) / before`.
//!
//! Own, for what is here is little, and every kept library that was looked at reckons with floats.

use std::fmt;

use super::number::Number;

/// The most characters of a formula.
const LENGTH: usize = 500;
/// How deep parentheses go.
const DEPTH: usize = 20;

/// A formula that was understood. Metrics are `M`: names as they were read, then places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula<M> {
    /// A number.
    Number(Number),
    /// A metric.
    Metric(M),
    /// Two of them, and what is done with them.
    Both(Box<Formula<M>>, Operator, Box<Formula<M>>),
    /// A function of some.
    Call(Function, Vec<Formula<M>>),
}

/// What is done with two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// +
    Plus,
    /// -
    Minus,
    /// *
    Times,
    /// /
    Over,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The lowest.
    Min,
    /// The highest.
    Max,
    /// Down to a whole number.
    Floor,
    /// Up to a whole number.
    Ceil,
    /// To the nearest whole number.
    Round,
    /// Without its sign.
    Abs,
}

const FUNCTIONS: [(&str, Function); 6] = [
    ("min", Function::Min),
    ("max", Function::Max),
    ("floor", Function::Floor),
    ("ceil", Function::Ceil),
    ("round", Function::Round),
    ("abs", Function::Abs),
];

/// What could not be understood, and where: counted in characters, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// At which character.
    pub at: usize,
    /// What was expected.
    pub why: String,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "At character {}: {}", self.at, self.why)
    }
}

impl Formula<String> {
    /// Reads a formula.
    ///
    /// # Errors
    /// What could not be understood, and where.
    pub fn parse(text: &str) -> Result<Self, Misread> {
        if text.len() > LENGTH {
            let why = format!("A formula has at most {LENGTH} characters; split it into metrics.");
            return Err(Misread { at: LENGTH, why });
        }
        let chars = text.chars().collect();
        let mut reader = Reader {
            chars,
            next: 0,
            depth: 0,
        };
        let formula = reader.sum()?;
        reader.space();
        match reader.peek() {
            None => Ok(formula),
            Some(rest) => Err(reader.misread(format!("`{rest}` was not expected here."))),
        }
    }
}

impl<M> Formula<M> {
    /// The same with other names for metrics, or what went wrong with the first.
    ///
    /// # Errors
    /// What `name` says.
    pub fn named<N, E>(&self, name: &mut impl FnMut(&M) -> Result<N, E>) -> Result<Formula<N>, E> {
        Ok(match self {
            Self::Number(number) => Formula::Number(number.clone()),
            Self::Metric(metric) => Formula::Metric(name(metric)?),
            Self::Both(one, operator, other) => {
                let (one, other) = (one.named(name)?, other.named(name)?);
                Formula::Both(Box::new(one), *operator, Box::new(other))
            }
            Self::Call(function, given) => {
                let given = given.iter().map(|it| it.named(name));
                Formula::Call(*function, given.collect::<Result<_, E>>()?)
            }
        })
    }

    /// Visits the metrics in it.
    pub fn each(&self, visit: &mut impl FnMut(&M)) {
        match self {
            Self::Number(_) => {}
            Self::Metric(metric) => visit(metric),
            Self::Both(one, _, other) => {
                one.each(visit);
                other.each(visit);
            }
            Self::Call(_, given) => given.iter().for_each(|it| it.each(visit)),
        }
    }

    /// Whether it divides by a number that is nothing, whatever its metrics are.
    #[must_use]
    pub fn divides_by_nothing(&self) -> bool {
        match self {
            Self::Number(_) | Self::Metric(_) => false,
            Self::Both(one, operator, other) => {
                let is_nothing = *operator == Operator::Over
                    && other.value(&mut |_| Err(())) == Ok(Some(Number::zero()));
                is_nothing || one.divides_by_nothing() || other.divides_by_nothing()
            }
            Self::Call(_, given) => given.iter().any(Self::divides_by_nothing),
        }
    }

    /// What it comes to; none where something is divided by nothing.
    ///
    /// # Errors
    /// What a metric says instead of a number.
    pub fn value<E>(
        &self,
        metric: &mut impl FnMut(&M) -> Result<Number, E>,
    ) -> Result<Option<Number>, E> {
        Ok(match self {
            Self::Number(number) => Some(number.clone()),
            Self::Metric(name) => Some(metric(name)?),
            Self::Both(one, operator, other) => {
                let (one, other) = (one.value(metric)?, other.value(metric)?);
                let (Some(one), Some(other)) = (one, other) else {
                    return Ok(None);
                };
                match operator {
                    Operator::Plus => Some(&one + &other),
                    Operator::Minus => Some(&one - &other),
                    Operator::Times => Some(&one * &other),
                    Operator::Over => one.divided_by(&other),
                }
            }
            Self::Call(function, given) => {
                let values = given.iter().map(|it| it.value(metric));
                let Some(values) = values.collect::<Result<Option<Vec<_>>, E>>()? else {
                    return Ok(None);
                };
                let first = values.first();
                match function {
                    Function::Min => values.iter().min().cloned(),
                    Function::Max => values.iter().max().cloned(),
                    Function::Floor => first.map(Number::floor),
                    Function::Ceil => first.map(Number::ceil),
                    Function::Round => first.map(Number::round),
                    Function::Abs => first.map(Number::abs),
                }
            }
        })
    }
}

struct Reader {
    chars: Vec<char>,
    next: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.next).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next += 1;
        }
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.space();
        let found = self.peek() == Some(wanted);
        self.next += usize::from(found);
        found
    }

    fn misread(&self, why: String) -> Misread {
        Misread {
            at: self.next + 1,
            why,
        }
    }

    fn sum(&mut self) -> Result<Formula<String>, Misread> {
        let mut sum = self.product()?;
        loop {
            let operator = if self.takes('+') {
                Operator::Plus
            } else if self.takes('-') {
                Operator::Minus
            } else {
                return Ok(sum);
            };
            sum = Formula::Both(Box::new(sum), operator, Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Formula<String>, Misread> {
        let mut product = self.single()?;
        loop {
            let operator = if self.takes('*') {
                Operator::Times
            } else if self.takes('/') {
                Operator::Over
            } else {
                return Ok(product);
            };
            let single = self.single()?;
            let ends_in = self.next.checked_sub(1).map(|last| self.chars[last]);
            if operator == Operator::Over && ends_in == Some('%') {
                return Err(self.misread(
                    "This can be read in two ways: write 0.03 instead of 3 % behind a `/`."
                        .to_owned(),
                ));
            }
            product = Formula::Both(Box::new(product), operator, Box::new(single));
        }
    }

    fn single(&mut self) -> Result<Formula<String>, Misread> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.misread(format!(
                "It goes more than {DEPTH} deep; split it into metrics."
            )));
        }
        let single = self.within();
        self.depth -= 1;
        single
    }

    fn within(&mut self) -> Result<Formula<String>, Misread> {
        if self.takes('(') {
            let inner = self.sum()?;
            self.closes()?;
            return Ok(inner);
        }
        if self.takes('-') {
            let nothing = Box::new(Formula::Number(Number::zero()));
            return Ok(Formula::Both(
                nothing,
                Operator::Minus,
                Box::new(self.single()?),
            ));
        }
        let word = self.word();
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            let number = if self.takes('%') {
                Number::parse(&format!("{word} %"))
            } else {
                Number::parse(&word)
            };
            return number
                .map(Formula::Number)
                .ok_or_else(|| self.misread(format!("`{word}` is no number.")));
        }
        if word.is_empty() {
            let found = self
                .peek()
                .map_or_else(|| "the end".to_owned(), |it| format!("`{it}`"));
            return Err(self.misread(format!(
                "A number, a metric or `(` was expected, not {found}."
            )));
        }
        if !self.takes('(') {
            return Ok(Formula::Metric(word));
        }
        let Some((_, function)) = FUNCTIONS.iter().find(|(name, _)| *name == word) else {
            let known: Vec<_> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
            return Err(self.misread(format!(
                "`{word}` is no function; there are {}.",
                known.join(", ")
            )));
        };
        let mut given = vec![self.sum()?];
        while self.takes(',') {
            given.push(self.sum()?);
        }
        self.closes()?;
        let takes_many = matches!(function, Function::Min | Function::Max);
        if given.len() > 1 && !takes_many {
            return Err(self.misread(format!("`{word}` takes one number.")));
        }
        Ok(Formula::Call(*function, given))
    }

    fn word(&mut self) -> String {
        self.space();
        let start = self.next;
        let belongs = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        while self.peek().is_some_and(belongs) {
            self.next += 1;
        }
        self.chars[start..self.next].iter().collect()
    }

    fn closes(&mut self) -> Result<(), Misread> {
        if self.takes(')') {
            return Ok(());
        }
        Err(self.misread("`)` is missing.".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<String> {
        let formula = Formula::parse(text).unwrap();
        let metric = &mut |name: &String| match name.as_str() {
            "now" => Ok(Number::from(150_i64)),
            "before" => Ok(Number::from(120_i64)),
            "none" => Ok(Number::zero()),
            other => Err(other.to_owned()),
        };
        formula.value(metric).unwrap().map(|it| it.to_string())
    }

    #[test]
    fn formulas_come_to_what_they_say() {
        for (text, comes_to) in [
            ("100 * (now - before) / before", "25"),
            ("1 + 2 * 3 - 4 / 8", "6.5"),
            ("-now + 2*before", "90"),
            ("min(now, before, 7)", "7"),
            ("max(now, before)/7", "150/7"),
            ("floor(15/7) + ceil(15/7) + round(2.5) + abs(-1)", "9"),
            ("((((1))))", "1"),
            ("10 - 3 - 2", "5"),
            ("now * 10 % + 12.5% * 8", "16"),
            ("10 % / now + 1 / (50 %)", "3001/1500"),
        ] {
            assert_eq!(value(text).as_deref(), Some(comes_to), "{text}");
        }
        assert_eq!(value("now / none"), None);
        assert_eq!(value("min(1, now / (before - 120))"), None);
    }

    #[test]
    fn what_is_no_formula_is_told_with_its_place() {
        for (text, at) in [
            ("", 1),
            ("now +", 6),
            ("(now", 5),
            ("now now", 5),
            ("power(now)", 7),
            ("floor(1, 2)", 12),
            ("1.2.3", 6),
            ("now; drop", 4),
            ("now % 2", 5),
            ("2 % 2", 5),
            ("1/3 %", 6),
        ] {
            assert_eq!(Formula::parse(text).unwrap_err().at, at, "{text}");
        }
        assert!(Formula::parse(&"(".repeat(400)).is_err());
        assert!(Formula::parse(&"-".repeat(400)).is_err());
        assert!(Formula::parse(&"1+".repeat(400)).is_err());
    }
}
