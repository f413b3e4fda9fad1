// Reads the letters that the SMTP server of the tests has kept.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime from 'postal-mime'

const DEADLINE = 15_000

export class Mailbox {
  #folder
  #letters = []
  #read = new Set()

  constructor(folder) {
    this.#folder = folder
  }

  // All letters so far, oldest first.
  async letters() {
    const index = await readFile(join(this.#folder, 'index.jsonl'), 'utf8').catch(() => '')
    const lines = index.split('\n').filter(Boolean).slice(this.#letters.length)
    for (const line of lines) {
      const { file, to } = JSON.parse(line)
      const source = await readFile(join(this.#folder, file))
      const letter = await PostalMime.parse(source)
      this.#letters.push({ ...letter, number: this.#letters.length, receivers: to })
    }
    return this.#letters
  }

  // Waits for the next letter to the address whose subject or text has it, and takes it out.
  async next(address, about) {
    const until = Date.now() + DEADLINE
    for (;;) {
      const letters = await this.letters()
      const found = letters.find(
        (letter) =>
          !this.#read.has(letter.number) &&
          letter.receivers.includes(address) &&
          (about.test(letter.subject) || about.test(letter.text ?? '')),
      )
      if (found) {
        this.#read.add(found.number)
        return found
      }
      if (Date.now() > until) {
        const had = letters
          .filter((letter) => letter.receivers.includes(address))
          .map((letter) => `${this.#read.has(letter.number) ? 'read' : 'new'}: ${letter.subject}`)
        throw new Error(`no letter to ${address} about ${about}; there are:\n${had.join('\n')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

// The token in the fragment of the letter's link: a fragment never reaches a server's log.
export function token(letter) {
  const links = (letter.text ?? '').match(/https?:\/\/[^\s<>"]+#[^\s<>"]+/g) ?? []
  if (links.length === 0) throw new Error(`no link with a fragment in:\n${letter.text}`)
  const fragment = new URL(links[0]).hash.slice(1)
  return new URLSearchParams(fragment).get('token') ?? fragment
}
