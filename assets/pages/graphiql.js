// Starts GraphiQL. A query may be handed over as `?query=`, or as `#query=` where it holds a token:
// what stands behind `#` is never sent.
'use strict';

const WELCOME = `# The API of this portal. Ctrl-Enter runs a
# request, Ctrl-Space tells what may stand here.
#
# To ask as somebody, sign in
#
#   mutation {
#     sessionCreate(input: {
#       email: "", password: ""
#     }) {
#       tokens { accessToken }
#       userErrors { message }
#     }
#   }
#
# and put the token under "Headers" below:
#
#   { "Authorization": "Bearer <access token>" }

query Welcome {
  portal { name version }
  viewer { unreadNotificationCount }
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
