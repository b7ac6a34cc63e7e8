/** Counts calls of a bucket: each is a request of the invocation, which may send so many. */

/** Returns a bucket that counts each call. @param count what counts one */
export const countedBucket = <Bucket extends object>(bucket: Bucket, count: () => void): Bucket =>
  new Proxy(bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]): unknown => {
        count()
        return Reflect.apply(member, target, parameters)
      }
    },
  })
