// A front end as people build them: Apollo Client with its cache, one for each person.
import { readFile } from 'node:fs/promises'
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'
import { relayStylePagination } from '@apollo/client/utilities'
import { Kind, parse, visit } from 'graphql'

const operations = parse(await readFile(new URL('operations.graphql', import.meta.url), 'utf8'))

// One operation of the file, with the fragments that it needs.
function operation(name) {
  const wanted = operations.definitions.find(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name.value === name,
  )
  if (!wanted) throw new Error(`operations.graphql has no ${name}`)
  const needed = new Set()
  const gather = (definition) =>
    visit(definition, {
      FragmentSpread({ name: { value } }) {
        if (needed.has(value)) return
        needed.add(value)
        gather(fragment(value))
      },
    })
  gather(wanted)
  return { kind: Kind.DOCUMENT, definitions: [wanted, ...[...needed].map(fragment)] }
}

function fragment(name) {
  return operations.definitions.find(
    (definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
  )
}

export class FrontEnd {
  #token
  #client

  constructor(url) {
    this.#client = new ApolloClient({
      cache: new InMemoryCache({
        typePolicies: {
          Query: {
            fields: { partnerApplications: relayStylePagination(['filter', 'orderBy']) },
          },
        },
      }),
      link: new HttpLink({
        uri: `${url}/graphql`,
        fetch: (address, options) => {
          const headers = { ...options.headers }
          if (this.#token) headers.authorization = `Bearer ${this.#token}`
          return fetch(address, { ...options, headers })
        },
      }),
      defaultOptions: { query: { fetchPolicy: 'network-only' } },
    })
  }

  signedInBy(tokens) {
    this.#token = tokens?.accessToken
  }

  async ask(name, variables, options) {
    const { data } = await this.#client.query({ query: operation(name), variables, ...options })
    return data
  }

  watch(name, variables) {
    return this.#client.watchQuery({ query: operation(name), variables })
  }

  // The payload of the mutation; throws where it was refused.
  async change(name, input) {
    const payload = await this.#payload(name, input)
    if (payload.userErrors.length > 0) {
      throw new Error(`${name} was refused: ${JSON.stringify(payload.userErrors, null, 2)}`)
    }
    return payload
  }

  // The user errors of a mutation that has to be refused.
  async refused(name, input) {
    const payload = await this.#payload(name, input)
    if (payload.userErrors.length === 0) throw new Error(`${name} was not refused`)
    return payload.userErrors
  }

  // The code of a query or mutation that has to fail as a whole.
  async fails(name, variables) {
    const document = operation(name)
    const isQuery = document.definitions[0].operation === 'query'
    const asked = isQuery
      ? this.#client.query({ query: document, variables })
      : this.#client.mutate({ mutation: document, variables })
    try {
      await asked
    } catch (error) {
      return error.errors?.[0]?.extensions?.code ?? `${error}`
    }
    throw new Error(`${name} did not fail`)
  }

  async #payload(name, input) {
    const { data } = await this.#client.mutate({ mutation: operation(name), variables: { input } })
    return Object.values(data).find((value) => typeof value === 'object')
  }
}
