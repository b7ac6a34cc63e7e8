/** Logins: what is counted, what must wait, what is forgiven, and which accounts and sessions log in. */
import { plantedIn } from './mutation.ts'

export const logins = [
  ...plantedIn(
    'src/auth/login.ts',
    ['test/auth/login.test.ts'],
    [
      {
        breaks: 'failures at a known address are not forgiven',
        find: 'isCounted || hasTrials(guess.rules, failures) ||',
        replace: 'isCounted ||',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/throttle.ts',
    ['test/auth/throttle.test.ts'],
    [
      {
        breaks: 'what strangers do counts at a known address',
        find: "applies === 'always' || (!isKnown && (applies",
        replace: "applies === 'always' || ((applies",
      },
      {
        breaks: 'the account counts where it was never tried',
        find: "(applies === 'unless-known' || wasTried)",
        replace: "(applies === 'unless-known' || applies === 'where-tried')",
      },
      {
        breaks: 'a wait never passes an hour',
        find: 'found !== undefined && isFresh(found, now)',
        replace: 'found !== undefined',
      },
      {
        breaks: 'the networks of an address count as soon as it',
        find: 'free: freeGuesses.accountFromNetwork * factor',
        replace: 'free: freeGuesses.accountFromNetwork',
      },
      {
        breaks: 'the networks of an address count always',
        find: "network === address ? ('always' as const) : ('unless-known' as const)",
        replace: "'always' as const",
      },
      { breaks: 'one guess more is free', find: 'if (beyond < 0) return 0', replace: 'if (beyond <= 0) return 0' },
      { breaks: 'a wait has no end', find: 'Math.min(2 ** beyond, longestWaitSeconds)', replace: '2 ** beyond' },
      { breaks: 'a wait is a second shorter', find: 'Math.ceil((lastAt', replace: 'Math.floor((lastAt' },
      {
        breaks: 'a trial of one account is one of all',
        find: '`account ${name} from ${network}`',
        replace: '`account ${name === "" ? name : "x"} from ${network}`',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/network.ts',
    ['test/auth/network.test.ts'],
    [
      { breaks: 'an IPv6 address counts alone', find: '`${site}:${fourth}::/64`', replace: '`${address}`' },
      { breaks: 'an IPv4 address in IPv6 is another', find: '/^(?:::ffff:)?((', replace: '/^((' },
      { breaks: 'zeros make another network', find: '.map(trimZeros)\n}', replace: '\n}' },
    ],
  ),
]
