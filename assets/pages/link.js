// Puts the link's token into the request that the page shows. It stands behind `#`, so no server
// and no log has seen it; where the link names a thing instead, its id ends the path.
'use strict';

const part = (id) => document.getElementById(id);

const fragment = location.hash.slice(1).replace(/^token=/, '');
const secret = fragment || decodeURIComponent(location.pathname.split('/').slice(2).pop() ?? '');

// It is put between quotes: nothing that could end them is taken.
if (/^[\w=+:/.~-]+$/.test(secret)) {
  const request = part('document').textContent.replaceAll('TOKEN', secret);
  part('document').textContent = request;
  part('fill').hidden = !request.includes('FILL IN');
  part('request').hidden = false;
  part('copy').addEventListener('click', async () => {
    await navigator.clipboard.writeText(request);
    part('copied').textContent = 'Copied.';
  });
  if (document.body.dataset.graphiql === 'true') {
    part('open').href = `/#${new URLSearchParams({ query: request })}`;
    part('open').hidden = false;
  }
} else {
  part('about').textContent = 'The link is not whole. Open it again from the letter.';
}
