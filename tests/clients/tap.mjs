// Lines of the Test Anything Protocol, and the count at their end.
export class Tap {
  #passed = 0
  #failed = 0

  ok(name) {
    this.#passed += 1
    console.log(`ok ${this.#number()} - ${name}`)
  }

  notOk(name, why) {
    this.#failed += 1
    console.log(`not ok ${this.#number()} - ${name}`)
    for (const line of String(why).split('\n')) console.log(`  # ${line}`)
  }

  // Does what is to be shown, and gives its answer back; undefined where it failed.
  async check(name, show) {
    try {
      const shown = await show()
      this.ok(name)
      return shown
    } catch (error) {
      this.notOk(name, error.stack ?? error)
    }
  }

  end() {
    console.log(`1..${this.#passed + this.#failed}`)
    console.log(`${this.#passed} passed, ${this.#failed} failed`)
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1
  }

  #number() {
    return this.#passed + this.#failed
  }
}
