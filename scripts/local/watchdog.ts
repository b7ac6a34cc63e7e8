/**
 * Outlives the process that started it, to end what that one could not: killed with SIGKILL, it would leave the runtime
 * behind, still serving its port. It learns of the end when the pipe to it closes.
 *
 *   node watchdog.ts PID [PID ...]
 */
const pids = process.argv.slice(2).map(Number)

process.stdin.resume()
process.stdin.on('close', () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended in good order before its parent did.
    }
  }
})
