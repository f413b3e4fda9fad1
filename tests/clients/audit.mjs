// The audits of graphql-http: what GraphQL over HTTP demands and recommends, 61 in all.
import { serverAudits } from 'graphql-http'

export default async function audit(tap, portal) {
  const audits = serverAudits({ url: `${portal.url}/graphql`, fetchFn: fetch })
  await tap.check('there are 61 audits', () => {
    if (audits.length !== 61) throw new Error(`there are ${audits.length}`)
  })
  for (const one of audits) {
    const result = await one.fn()
    // A recommendation that is not followed is no error to the suite; here it is.
    if (result.status === 'ok') tap.ok(one.name)
    else tap.notOk(one.name, result.reason)
  }
}
