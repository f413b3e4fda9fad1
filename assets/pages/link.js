// Stands in for a front end at the addresses that letters point to: it shows the request that the
// link is for. The token stands behind `#`, so no server and no log has seen it.
'use strict';

const payload = (more = '') => `{\n${more}    userErrors { message code field }\n  }`;

const mutation = (name, inputs, more) =>
  `mutation {\n  ${name}(input: {\n${inputs.map((it) => `    ${it}\n`).join('')}  }) ${payload(more)}\n}\n`;

const node = (id) => `query {\n  node(id: "${id}") {\n    __typename\n    id\n  }\n}\n`;

// Path, what it is for, and the request; `{}` in a path is an id.
const LINKS = [
  {
    path: '/confirm',
    title: 'Confirm your e-mail address',
    about: 'This link proves that your application came from this address. It works once.',
    request: (token) => mutation('partnerApplicationConfirm', [`token: "${token}"`]),
  },
  {
    path: '/application',
    title: 'Change your application',
    about: 'A reviewer asked for changes. This link lets you mend what the letter names.',
    request: (token) =>
      mutation('partnerApplicationResubmit', [
        `token: "${token}"`,
        '# here the fields that the letter names',
      ]),
  },
  {
    path: '/invitation',
    title: 'Take your seat',
    about: 'This link takes the seat that you were offered, and signs you in. It works once.',
    request: (token) =>
      mutation('invitationAccept', [`token: "${token}"`, 'password: "A PASSWORD OF YOUR OWN"']),
  },
  {
    path: '/reset-password',
    title: 'Set a new password',
    about: 'This link sets a new password and ends all your sessions. It works once.',
    request: (token) =>
      mutation('passwordReset', [`token: "${token}"`, 'password: "A PASSWORD OF YOUR OWN"']),
  },
  {
    path: '/onboarding/steps/{}',
    title: 'A step of the onboarding',
    about: 'Sign in to see it.',
    request: node,
  },
  {
    path: '/applications/{}',
    title: 'An application',
    about: 'Sign in as one of the staff to see it.',
    request: node,
  },
];

const pattern = (path) => new RegExp(`^${path.replace('{}', '([^/]+)')}$`);
const part = (id) => document.getElementById(id);

const link = LINKS.find(({ path }) => pattern(path).test(location.pathname));
if (link) {
  const id = pattern(link.path).exec(location.pathname)[1];
  const secret = id === undefined ? location.hash.slice(1).replace(/^token=/, '') : decodeURIComponent(id);
  document.title = `${link.title} · Entente`;
  part('title').textContent = link.title;
  part('about').textContent = link.about;
  // It is put between quotes: nothing that could end them is taken.
  if (/^[A-Za-z0-9_=+:-]+$/.test(secret)) {
    show(link.request(secret));
  } else {
    part('about').textContent = 'The link is not whole. Open it again from the letter.';
  }
}

function show(request) {
  part('document').textContent = request;
  part('request').hidden = false;
  part('fill').hidden = !request.includes('A PASSWORD');
  part('copy').addEventListener('click', async () => {
    await navigator.clipboard.writeText(request);
    part('copied').textContent = 'Copied.';
  });
  if (document.body.dataset.graphiql === 'true') {
    part('open').href = `/#${new URLSearchParams({ query: request })}`;
    part('open').hidden = false;
  }
}
