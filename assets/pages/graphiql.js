// Starts GraphiQL. A query may be handed over as `?query=`, or as `#query=` where it holds a token:
// what stands behind `#` is never sent.
'use strict';

const WELCOME = `# The API of this portal. Press Ctrl-Enter to run what is below,
# and Ctrl-Space to see what else there is.
#
# To ask as somebody: sign in by mutation, copy the access token, open
# "Headers" below and paste
#
#   { "Authorization": "Bearer <access token>" }

query Welcome {
  version
}
`;

const search = new URLSearchParams(location.search);
const fragment = new URLSearchParams(location.hash.slice(1));
const given = (name) => fragment.get(name) ?? search.get(name) ?? undefined;

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(
    GraphiQL,
    {
      fetcher: GraphiQL.createFetcher({ url: '/graphql' }),
      defaultQuery: WELCOME,
      query: given('query'),
      variables: given('variables'),
      defaultEditorToolsVisibility: 'headers',
      isHeadersEditorEnabled: true,
      // A token does not belong into storage that every script of the page can read.
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    },
    React.createElement(GraphiQL.Logo, null, 'Entente'),
  ),
);
