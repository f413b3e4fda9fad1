//! Finding things by the words in them, and titles while somebody types.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::search_shelf::SearchKind;

use super::{ContextExt, answer};
use crate::error::{Error, Refusal};
use crate::page::MAXIMUM;
use crate::search::{self, Correction, Found, Hit, Piece, Search, Suggest, type_name};
use crate::shape::scalar::Locale;
use crate::shape::{Any, Chosen};

/// Where to search.
#[derive(Default, InputObject)]
struct SearchFilter {
    /// Only among these kinds; all where none is named.
    #[graphql(default)]
    kinds: Vec<Chosen<SearchKind>>,
    /// Only in these languages, as they are written at what is found; all where none is named.
    #[graphql(default)]
    locales: Vec<Locale>,
    /// Only what has one of these tags; all where none is named.
    #[graphql(default)]
    tags: Vec<String>,
}

/// A piece of a text. The pieces one after the other are the text; it is no markup, so escape it
/// where you show it.
#[derive(SimpleObject)]
struct SearchPiece {
    /// As it stands in the text.
    text: String,
    /// Whether it is a word that was asked for.
    hit: bool,
}

fn pieces(pieces: Vec<Piece>) -> Vec<SearchPiece> {
    let piece = |it: Piece| SearchPiece {
        text: it.text,
        hit: it.hit,
    };
    pieces.into_iter().map(piece).collect()
}

/// The part of a text that answers best.
#[derive(SimpleObject)]
struct SearchExcerpt {
    /// What that part is called, such as the title of a lesson; null where it has no name.
    heading: Option<String>,
    /// The part, in one line; `…` stands for what is left out.
    pieces: Vec<SearchPiece>,
}

/// Something that was found.
struct SearchHit {
    hit: Hit,
    node: Any,
}

/// Something that was found.
#[Object]
impl SearchHit {
    /// What it is.
    async fn kind(&self) -> Chosen<SearchKind> {
        Chosen(self.hit.kind)
    }

    /// The object itself, to be asked for what you need: `... on Course { slug }`.
    async fn node(&self) -> &Any {
        &self.node
    }

    /// The language in which it answers best; the texts here are in it.
    async fn locale(&self) -> Locale {
        Locale(self.hit.locale.clone())
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.hit.title
    }

    /// The same, with the words that were asked for.
    async fn title_pieces(&self) -> Vec<SearchPiece> {
        pieces(self.hit.marked_title())
    }

    /// The part of its texts that answers best; its beginning where only the title answers.
    async fn excerpt(&self) -> Result<SearchExcerpt> {
        let (heading, found) = self.hit.excerpt().await.map_err(answer)?;
        Ok(SearchExcerpt {
            heading,
            pieces: pieces(found),
        })
    }

    /// What it is filed under.
    async fn tags(&self) -> &[String] {
        &self.hit.tags
    }
}

/// Something that was found, and its place.
#[derive(SimpleObject)]
struct SearchHitEdge {
    /// Its place: give it as `after` to go on from here.
    cursor: String,
    /// What was found.
    node: SearchHit,
}

/// How many of what was found are of a kind.
#[derive(SimpleObject)]
struct SearchKindCount {
    /// The kind.
    kind: Chosen<SearchKind>,
    /// How many.
    count: i32,
}

/// How many of what was found are in a language.
#[derive(SimpleObject)]
struct SearchLocaleCount {
    /// The language.
    locale: Locale,
    /// How many.
    count: i32,
}

/// How many of what was found have a tag.
#[derive(SimpleObject)]
struct SearchTagCount {
    /// The tag.
    tag: String,
    /// How many.
    count: i32,
}

/// A word that nothing has, and what was looked for instead.
#[derive(SimpleObject)]
struct SearchCorrection {
    /// As it was typed, in lower case.
    word: String,
    /// A word that is near to it, of something that you may open.
    instead: String,
}

impl From<Correction> for SearchCorrection {
    fn from(it: Correction) -> Self {
        Self {
            word: it.word,
            instead: it.instead,
        }
    }
}

/// What was found, the best first. Whatever is told here is told of what you may open alone.
struct SearchHitConnection {
    edges: Vec<SearchHitEdge>,
    /// What is told beside them.
    found: Found,
    after: bool,
}

impl SearchHitConnection {
    fn new(mut found: Found, after: bool) -> Self {
        let hits = nodes(std::mem::take(&mut found.hits)).into_iter();
        let edge = |node: SearchHit| SearchHitEdge {
            cursor: node.hit.cursor.clone(),
            node,
        };
        Self {
            edges: hits.map(edge).collect(),
            found,
            after,
        }
    }
}

fn nodes(hits: Vec<Hit>) -> Vec<SearchHit> {
    let nodes = Any::page(hits.iter().map(|hit| (type_name(hit.kind), hit.id)));
    let hits = hits.into_iter().zip(nodes);
    hits.map(|(hit, node)| SearchHit { hit, node }).collect()
}

fn int(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// What was found, the best first. Whatever is told here is told of what you may open alone.
#[Object]
impl SearchHitConnection {
    /// What was found, with cursors.
    async fn edges(&self) -> &[SearchHitEdge] {
        &self.edges
    }

    /// What was found.
    async fn nodes(&self) -> Vec<&SearchHit> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where the page stands.
    async fn page_info(&self) -> PageInfo {
        let cursor = |edge: Option<&SearchHitEdge>| edge.map(|edge| edge.cursor.clone());
        PageInfo {
            has_previous_page: self.after,
            has_next_page: self.found.more,
            start_cursor: cursor(self.edges.first()),
            end_cursor: cursor(self.edges.last()),
        }
    }

    /// How many were found in all; null where there are more than 10,000.
    async fn total_count(&self) -> Option<i32> {
        self.found.total.map(int)
    }

    /// How many of each kind.
    async fn kinds(&self) -> Vec<SearchKindCount> {
        let kinds = self.found.kinds.iter();
        kinds
            .map(|(kind, count)| SearchKindCount {
                kind: Chosen(*kind),
                count: int(*count),
            })
            .collect()
    }

    /// How many in each language; what there is in several counts for one of them.
    async fn locales(&self) -> Vec<SearchLocaleCount> {
        let locales = self.found.locales.iter();
        locales
            .map(|(locale, count)| SearchLocaleCount {
                locale: Locale(locale.clone()),
                count: int(*count),
            })
            .collect()
    }

    /// How many of the best 1,000 have each tag, the most frequent first, at most 50 tags.
    async fn tags(&self) -> Vec<SearchTagCount> {
        let tags = self.found.tags.iter();
        tags.map(|(tag, count)| SearchTagCount {
            tag: tag.clone(),
            count: int(*count),
        })
        .collect()
    }

    /// Words that nothing has, and what was looked for instead.
    async fn corrections(&self) -> Vec<SearchCorrection> {
        let corrections = self.found.corrections.iter().cloned();
        corrections.map(Into::into).collect()
    }

    /// Words that nothing has; the others were looked for without them.
    async fn unmatched(&self) -> &[String] {
        &self.found.unmatched
    }
}

/// Search.
#[derive(Debug, Default)]
pub(crate) struct SearchQuery;

#[Object]
impl SearchQuery {
    /// What you may open and has these words, or most of what they say, the best first. Inflections
    /// count as the word itself, slips are mended, and a word that nothing has is left out.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words; at most 500 characters. There are no operators.")]
        query: String,
        #[graphql(desc = "Where to search; everywhere where it is left out.")] filter: Option<
            SearchFilter,
        >,
        #[graphql(desc = "How many; 20 unless told, 100 at most.", default = 20)] first: i32,
        #[graphql(desc = "The cursor behind which the page begins.")] after: Option<String>,
    ) -> Result<SearchHitConnection> {
        let filter = filter.unwrap_or_default();
        let search = Search {
            query,
            kinds: filter.kinds.into_iter().map(|kind| kind.0).collect(),
            locales: filter.locales.into_iter().map(Into::into).collect(),
            tags: filter.tags,
            first: up_to(first, MAXIMUM)?,
            after,
            with_tags: ctx.look_ahead().field("tags").exists(),
        };
        let after = search.after.is_some();
        let found = search::find(ctx.op(), &search).await.map_err(answer)?;
        Ok(SearchHitConnection::new(found, after))
    }

    /// What you may open and whose title has these words, of which the last was only begun: for
    /// suggestions while somebody types.
    async fn search_suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was typed so far; nothing is suggested for less than two letters.")]
        prefix: String,
        #[graphql(desc = "Where to search; everywhere where it is left out.")] filter: Option<
            SearchSuggestFilter,
        >,
        #[graphql(desc = "How many; 10 unless told, 20 at most.", default = 10)] first: i32,
    ) -> Result<Vec<SearchHit>> {
        let filter = filter.unwrap_or_default();
        let typed = Suggest {
            prefix,
            kinds: filter.kinds.into_iter().map(|kind| kind.0).collect(),
            locales: filter.locales.into_iter().map(Into::into).collect(),
            first: up_to(first, 20)?,
        };
        let hits = search::suggest(ctx.op(), &typed).await.map_err(answer)?;
        Ok(nodes(hits))
    }
}

/// Where to look for titles.
#[derive(Default, InputObject)]
struct SearchSuggestFilter {
    /// Only among these kinds; all where none is named.
    #[graphql(default)]
    kinds: Vec<Chosen<SearchKind>>,
    /// Only in these languages; all where none is named.
    #[graphql(default)]
    locales: Vec<Locale>,
}

fn up_to(first: i32, most: u32) -> Result<u32> {
    let given = u32::try_from(first).ok().filter(|it| *it <= most);
    given.ok_or_else(|| {
        let message = format!("`first` is 0 to {most}.");
        answer(Error::from(Refusal::new("OUT_OF_RANGE", message)))
    })
}
