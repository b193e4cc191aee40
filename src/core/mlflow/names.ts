/** Made-up names of runs: `adjective-animal-123`, at most 20 characters, as MLflow's users are used to. */

const ADJECTIVES =
  'able amber brave bright calm clean clever cosmic crisp daring deft eager fair fast fine fleet fond free fresh gentle glad good grand handy happy honest jolly keen kind lively lucid lucky mellow merry mild neat noble patient placid polite proud quick quiet rapid ready rich robust rosy sharp silent sleek smart smooth snug solid spry stately steady still stoic subtle sunny sure swift tidy upbeat vivid warm wise witty zesty'.split(
    ' ',
  )
const ANIMALS =
  'ant bat bear bee bison boar calf carp cat cod colt crab crane crow deer dog dove duck eel elk fawn finch fish flea fox frog gnat goat grouse gull hare hawk hen heron horse hound jay koi lamb lark loon lynx mink mole moose moth mouse mule newt otter owl ox perch pig plover pug quail ram rat ray robin seal shad shark sheep shrew skunk slug smelt snail snipe sow squid stag stork swan tern toad trout vole wasp whale wolf worm wren yak zebra'.split(
    ' ',
  )

/** @param random three numbers in [0, 1). */
export function madeUpName(random: readonly [number, number, number]): string {
  const adjective = ADJECTIVES[Math.floor(random[0] * ADJECTIVES.length)]
  const animal = ANIMALS[Math.floor(random[1] * ANIMALS.length)]
  return `${adjective}-${animal}-${Math.floor(random[2] * 1_000)}`
}
