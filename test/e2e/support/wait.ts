import { setTimeout as sleep } from 'node:timers/promises'

const pollMilliseconds = 50

/** Asks again and again until the answer is true; an error of the condition ends the waiting. */
export async function until(what: string, seconds: number, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`)
    await sleep(pollMilliseconds)
  }
}
