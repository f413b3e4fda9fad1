//! What is shown of a text: the part of it that answers best, and where in it the words stand.

use std::collections::HashSet;

use foldhash::{HashMap, HashMapExt as _};

use super::word::{Token, lower, tokens};

/// Words of an excerpt, and those of them that come before the first that was asked for.
const WORDS: usize = 36;
const BEFORE: usize = 6;
/// Found words of one text that are looked at: more say no more about which part is best.
const LOOKED_AT: usize = 300;

/// A piece of a text: the pieces in their order are the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// As it stands there. It is text and no markup: whoever shows it escapes it.
    pub text: String,
    /// Whether it is a word that was asked for.
    pub hit: bool,
}

/// The words to mark, as they are written in lower case, with which of those that were asked for each
/// of them answers: `Serverraum` answers two where `Server Raum` is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Marker {
    words: HashMap<String, Asked>,
    firsts: HashSet<char>,
}

/// Words that were asked for, a bit for each: there are never as many.
type Asked = u64;

impl Marker {
    /// Words, each behind the number of one that was asked for and that it answers.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = (usize, &'w str)>) -> Self {
        let mut answering: HashMap<String, Asked> = HashMap::new();
        for (asked, word) in words {
            let bit = 1 << (asked % 64);
            // The same word stands on many shelves.
            match answering.get_mut(word) {
                Some(answers) => *answers |= bit,
                None => {
                    answering.insert(word.to_owned(), bit);
                }
            }
        }
        let firsts = answering
            .keys()
            .filter_map(|word| word.chars().next())
            .collect();
        Self {
            words: answering,
            firsts,
        }
    }

    /// What a token answers, where it is to be marked.
    fn answers(&self, token: &Token<'_>) -> Option<Asked> {
        let first = token.text.chars().next()?.to_lowercase().next()?;
        if !self.firsts.contains(&first) {
            return None;
        }
        self.words.get(&lower(token.text)).copied()
    }

    /// How many of those that were asked for are answered by these texts.
    pub(super) fn count<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> u32 {
        let tokens = texts.into_iter().flat_map(tokens);
        let answered = tokens.filter_map(|token| self.answers(&token));
        answered.fold(0, |all, answers| all | answers).count_ones()
    }

    /// The whole text.
    pub(super) fn mark(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for token in tokens(text).filter(|token| self.answers(token).is_some()) {
            push(&mut pieces, text.get(at..token.start), false);
            push(&mut pieces, Some(token.text), true);
            at = token.start + token.text.len();
        }
        push(&mut pieces, text.get(at..), false);
        pieces
    }

    /// The best part of these texts, and which of them it is from; the beginning of the first that
    /// says anything, where none has a word that was asked for.
    pub(super) fn excerpt<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Option<(usize, Vec<Piece>)> {
        let mut first = None;
        let mut best: Option<(usize, usize, &str, Vec<Token<'_>>, usize)> = None;
        for (index, text) in texts.into_iter().enumerate() {
            let tokens: Vec<_> = tokens(text).collect();
            if tokens.is_empty() {
                continue;
            }
            let (worth, from) = self.best_start(&tokens);
            if worth > best.as_ref().map_or(0, |best| best.0) {
                best = Some((worth, index, text, tokens, from));
            } else if first.is_none() {
                first = Some((0, index, text, tokens, 0));
            }
        }
        let (_, index, text, tokens, from) = best.or(first)?;
        Some((index, self.mark(&cut(text, &tokens, from))))
    }

    /// How much the best part of a text is worth, and at which word it begins.
    fn best_start(&self, tokens: &[Token<'_>]) -> (usize, usize) {
        let hits: Vec<(usize, Asked)> = tokens
            .iter()
            .enumerate()
            .filter_map(|(at, token)| Some((at, self.answers(token)?)))
            .take(LOOKED_AT)
            .collect();
        let mut best = (0, 0);
        for (number, (at, _)) in hits.iter().enumerate() {
            let (mut answered, mut count): (Asked, usize) = (0, 0);
            let rest = hits.get(number..).unwrap_or_default();
            for (_, answers) in rest
                .iter()
                .take_while(|(other, _)| other - at < WORDS - BEFORE)
            {
                answered |= answers;
                count += 1;
            }
            let worth = answered.count_ones() as usize * WORDS + count;
            if worth > best.0 {
                best = (worth, at.saturating_sub(BEFORE));
            }
        }
        best
    }
}

/// So many words of a text in one line, with what is left out told.
fn cut(text: &str, tokens: &[Token<'_>], from: usize) -> String {
    let start = tokens.get(from).map_or(0, |token| token.start);
    let start = if from == 0 { 0 } else { start };
    let end = tokens.get(from + WORDS).map_or(text.len(), |_| {
        let last = tokens.get(from + WORDS - 1);
        last.map_or(text.len(), |token| token.start + token.text.len())
    });
    let mut cut = String::new();
    if start > 0 {
        cut.push_str("… ");
    }
    let lines = text.get(start..end).unwrap_or_default();
    for (at, line) in lines.split_whitespace().enumerate() {
        if at > 0 {
            cut.push(' ');
        }
        cut.push_str(line);
    }
    if end < text.len() {
        cut.push_str(" …");
    }
    cut
}

fn push(pieces: &mut Vec<Piece>, text: Option<&str>, hit: bool) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        pieces.push(Piece {
            text: text.to_owned(),
            hit,
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let show = |piece: &Piece| {
            if piece.hit {
                format!("[{}]", piece.text)
            } else {
                piece.text.clone()
            }
        };
        pieces.iter().map(show).collect()
    }

    #[test]
    fn words_are_marked_as_they_stand_in_the_text() {
        let marker = Marker::new([(0, "pläne"), (1, "cost")]);
        let pieces = marker.mark("<b>Cost</b> & PLÄNE, Pla\u{308}ne; costs");
        assert_eq!(
            shown(&pieces),
            "<b>[Cost]</b> & [PLÄNE], [Pla\u{308}ne]; costs"
        );
        assert_eq!(marker.mark(""), []);
    }

    #[test]
    fn one_word_that_answers_two_counts_for_both_and_two_that_answer_one_count_once() {
        let words = [(0, "server"), (0, "servers"), (0, "serverraum")];
        let marker = Marker::new(words.into_iter().chain([(1, "raum"), (1, "serverraum")]));
        for (text, count) in [
            ("The server.", 1),
            ("A server, and servers.", 1),
            ("Der Serverraum.", 2),
            ("Ein Raum für den Server", 2),
            ("Nothing of it", 0),
        ] {
            assert_eq!(marker.count([text]), count, "{text}");
        }
        let filler = "lorem ipsum ".repeat(40);
        let text = format!("Server servers. {filler}Im Serverraum ist es warm.");
        let (_, pieces) = marker.excerpt([text.as_str()]).unwrap();
        assert!(shown(&pieces).contains("[Serverraum]"), "{pieces:?}");
    }

    #[test]
    fn an_excerpt_is_the_part_with_the_most_of_the_words() {
        let marker = Marker::new([(0, "renewal"), (1, "window")]);
        let filler = "lorem ipsum ".repeat(40);
        let text =
            format!("Renewal first. {filler}The renewal\nhas a  window of ninety days. {filler}");
        let (index, pieces) = marker.excerpt(["", "no such word", &text]).unwrap();
        assert_eq!(index, 2);
        let shown = shown(&pieces);
        assert!(shown.starts_with("… ") && shown.ends_with(" …"), "{shown}");
        assert!(
            shown.contains("The [renewal] has a [window] of ninety days."),
            "{shown}"
        );
        assert_eq!(marker.excerpt(["", "Nothing here."]).unwrap().0, 1);
        assert_eq!(marker.excerpt(["", "?!"]), None);
    }

    proptest! {
        #[test]
        fn the_pieces_of_a_text_are_the_text(text: String, words: Vec<String>) {
            let marker = Marker::new((0..).zip(words.iter().map(String::as_str)));
            let pieces = marker.mark(&text);
            let together: String = pieces.iter().map(|it| it.text.as_str()).collect();
            prop_assert_eq!(&together, &text);
            let marker = Marker::new((0..).zip(tokens(&text).map(|it| it.text)));
            let _ = marker.excerpt([text.as_str(), &together]);
        }
    }
}
