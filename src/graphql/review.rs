//! What every review takes alike.

use async_graphql::InputObject;

use crate::submission::Comment;

/// What a reviewer says of one field.
#[derive(InputObject)]
pub(super) struct ReviewCommentInput {
    /// The field, by name; each at most once.
    field: String,
    /// What, for the submitter to read; at most 2,000 characters.
    text: String,
}

impl From<ReviewCommentInput> for Comment {
    fn from(input: ReviewCommentInput) -> Self {
        Self {
            field: input.field,
            text: input.text,
        }
    }
}

/// All of them.
pub(super) fn comments(inputs: Vec<ReviewCommentInput>) -> Vec<Comment> {
    inputs.into_iter().map(Into::into).collect()
}
