// Runs the server audits of graphql-http against the address that is given, and fails where one
// of them is not satisfied. `node audit.mjs http://127.0.0.1:8080/graphql`
import { auditServer } from 'graphql-http';

const url = process.argv[2];
if (!url) {
  console.error('Which address? node audit.mjs http://127.0.0.1:8080/graphql');
  process.exit(2);
}

const results = await auditServer({ url });
const failed = results.filter((result) => result.status !== 'ok');
for (const { id, name, status, reason } of failed) {
  console.error(`${status} ${id} ${name}\n  ${reason ?? ''}`);
}
console.log(`${results.length - failed.length} of ${results.length} audits passed`);
process.exit(failed.length === 0 && results.length > 0 ? 0 : 1);
