/** Time-outs of what is asked of a directory. */
import { DirectoryFault, type Step } from './faults.ts'

/** Waits for work that may hang. @throws DirectoryFault `timeout` at the step; the work goes on, so end it then */
export async function within<Result>(milliseconds: number, step: Step, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DirectoryFault(step, 'timeout')), milliseconds)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
