const ADJECTIVES =
  `able amber ample apt bold brave breezy bright brisk calm careful cheerful clever cool crisp
  curious dapper deft eager early elegant fair fancy fine frank fresh gentle gifted glad golden good graceful
  grand great green happy hardy helpful honest humble icy ivory jolly joyful keen kind lemon light lively loyal
  lucid lucky mellow merry mighty mild modest neat nice nimble noble olive open patient placid plucky polite
  proud quick quiet rapid ready red rosy sharp shiny silent silver sincere smart snappy soft solid spry stable
  steady stoic strong sunny sweet swift tender tidy true trusty upbeat vivid warm wise witty zesty`.split(
    /\s+/,
  )
const NOUNS =
  `acorn apple apricot arch badge bag balloon band barley basil basket bay bean bear beet bell berry
  bird boat bone book boot bowl bread brick bridge brush bucket cabbage cactus camel candle carpet carrot cart
  cello chain chair cherry circle clock cloud clover coat coconut collar comb corn cup curtain date deer desk
  dog dolphin drawer drum duck ear eel egg engine eye farm feather fig fish flag flower fog forest fork fox
  garden gas gate ghost glass glove goat grape grass hair hat heart helmet holiday hook horse house island jar
  jelly jewel kettle key kitchen kite knee knot leaf leek lemon lettuce library lime line lion lizard lock
  longan loquat lunch machine malanga map market mango melon milk monkey moon morning muscle music nail napkin
  neck needle nest net night nose notebook nut oil onion orange oven owl oyster pan papaya parang parrot parsnip
  pea peach pear pen pencil pepper picture pig pillow pin pipe plane plant plastic plate plow plum pocket pot
  potato prune pump quince rabbit rail rain raisin receipt rhubarb rhythm rice ring river road rocket roof root
  rose sail salt sand scarf school screw seal seed shampoo shirt shoe shoelace skin snail snake soccer sock soup
  spade spider spinach sponge spoon spring square squash stamp star station stem street string sugar sun table
  tail tangelo thread thunder ticket toe tongue tooth town train tray tree turnip turtle vase vinegar vulture
  wall watch whale wheel whistle window wing wolf wombat yak yam yard yogurt zebra`.split(/\s+/)

const DIGITS = '0123456789bcdfghjklmnpqrstvwxyz'
const SUFFIX_LENGTH = 10

/**
 * A name for a job that was given none, of the kind Azure makes: `plucky_fig_7x0k2mzq4c`.
 *
 * @param random a whole number from 0 up to its argument, the argument left out.
 */
export function makeJobName(random: (below: number) => number): string {
  const pick = (words: readonly string[]) => words[random(words.length)] ?? 'job'
  const suffix = Array.from({ length: SUFFIX_LENGTH }, () => DIGITS[random(DIGITS.length)]).join('')
  return `${pick(ADJECTIVES)}_${pick(NOUNS)}_${suffix}`
}
