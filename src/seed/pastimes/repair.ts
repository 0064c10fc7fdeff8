import type { Pastime } from '../pastime.js';

/** Mending what others throw away. */
export const repair: Pastime = {
  fits: /\b(repair|mend|anything|random|general|everything|off-?pastime|whatever)/i,
  lists: {
    thing: ['a bread knife handle', 'the toaster', 'an old radio', 'a bicycle hub', 'the kitchen chair', 'a sewing machine', 'the washing machine', 'a wind-up clock', 'the desk lamp', 'an umbrella'],
    glue: ['hide glue', 'epoxy', 'wood glue', 'superglue', 'a brass pin', 'sugru'],
    tool: ['a soldering iron', 'one good screwdriver', 'a multimeter', 'the pin punch', 'a spoke key', 'the crochet hook'],
    place: ['the repair café', 'my bench', 'the balcony', 'the kitchen table', 'the shed'],
  },
  clauses: {
    did: [
      'took it apart on the carpet', 'replaced the whole cable', 'cleaned the contacts with vinegar', 'held it together with a bicycle spoke',
      'opened it with a butter knife', 'turned the part from a [broom handle|bed leg]', 'soldered it on the stove', 'threw away the last screw',
      'read the manual first', 'oiled everything that moved', 'cut a gasket from an inner tube', 'copied the gear in [wood|brass]',
      'wrote down every step', 'took it to three shops', 'swapped the two switches', 'left it in rice for a week',
    ],
    result: [
      'it ran better than new', 'the fuse went, and the one in the cellar too', 'it has squeaked ever since, but it works', 'there was one spring too many',
      'the smoke was blue', 'we found a coin from [1936|1962] in it', 'the fault had been in the socket', 'it lasted another [eleven|fourteen] years',
      'nobody can see the join', 'the belt came off within a minute', 'I know now why it was sealed', 'the shop offered me a job',
      'it went round the other way', 'the children learned new words', 'a drop of oil would have done it', 'it is louder and more honest',
    ],
    claim: [
      'the fault is nearly always where it moves', 'cleaning is half of all repairs', 'a good light is the best tool', 'force is what one uses after thinking has failed',
      'screws tell you who was there before', 'the cheapest part takes the longest to find', 'things were not better made, only easier to open', 'the second repair is the good one',
      'nobody throws away what he has mended himself', 'a loose contact can imitate any other fault', 'a photograph before is worth an hour after', 'wear is information',
      'standards are the kindest invention', 'the right size of screwdriver is a moral question', 'what has been glued once will be glued again',
    ],
    cond: [
      'with mains voltage', 'on old wood', 'under load', 'in a damp cellar',
      'with plastic gears', 'at the third attempt', 'without the drawing', 'in good light',
      'after thirty years', 'when it is cold', 'for daily use',
    ],
    advice: [
      'unplug it first', 'measure before you cut', 'keep the old part', 'ask at the hardware shop',
      'use less glue', 'try the fuse', 'mark both halves', 'wait for the clamp',
      'order two', 'file a little and test often', 'sleep over it', 'start with the plug',
    ],
  },
  disputes: [
    {
      subjects: ['Mended {thing}: was it worth it?', 'Repair or replace', '{2-14} hours on {thing}', 'The sums of mending'],
      openings: [
        'I spent {3-14} hours and {2-18} euros of parts on {thing}, a new one costs {19-60}. By any sum that is stupid. I say it was the best [weekend|evening] of the month and the sum is wrong.',
        'My brother says that repairing {thing} is a hobby and not thrift. I think one should mend what *can* be mended, whatever [an hour is worth|the new one costs].',
      ],
      yes: [
        'The hour I spent mending was not for sale [anyway|to anybody], so it has no wage.',
        'Afterwards you know {2-5} machines, because the next one has the [same|very same] fault.',
        'A new one is made so that it cannot be [opened|mended], so you buy the next one as well.',
        'What breaks is nearly always a [cable|switch|spring] for pennies.',
      ],
      no: [
        'You also own the drawer with {40-300} parts, the tools and the [second one for spares|guilt].',
        'An old {thing} can use more [current|oil|patience] in a year than a new one costs.',
        'With mains voltage the sum has another line, and it is [your house|somebody\'s life].',
        'Some things were [bad|rubbish] when new, and mending them is loyalty to a mistake.',
      ],
      seen: [
        'At {place} we log everything: of {80-400} things {50-70} percent went home working, most within [half an hour|forty minutes].',
        'I mended it, put it back together, and had {2-5} screws left over, it has run for {2-9} years.',
        'It was only [dust|a blown fuse|a hairpin], I had it apart for {2-6} days.',
        'My daughter now brings me {thing} from the [kerb|skip] and I cannot say no.',
      ],
      asks: ['Was there a [circuit diagram|manual] for it?', 'Where do you get the [part|spring|belt]?', 'What would you *not* touch?'],
    },
    {
      subjects: ['{glue} for {thing}?', 'Glue or mechanical joint', 'Is epoxy cheating?', 'The right glue, part {2-9}'],
      openings: [
        'I stuck {thing} with {glue} and was told off by a [joiner|restorer] for it. It holds. I do not see why the [pretty|reversible] way should be the only one for things that are used every day.',
        'Everything I glue comes apart in {2-4} years, next to the old joint. I suspect that the answer to *which glue* is nearly always *a better joint*.',
      ],
      yes: [
        'A chair is for sitting, and the one in use is the [authentic|honest] one.',
        'Modern glue is stronger than the wood, the break is then [beside|next to] it and that is not its fault.',
        'Clean, fit, clamp and wait: those four beat any [brand|tube].',
        'A visible, solid mend has its own [beauty|dignity], nobody has to be fooled.',
      ],
      no: [
        'The next repairer will [curse|meet] you, epoxy in a mortise means a saw.',
        'Hide glue lets go with a [kettle|warm knife], that is why old chairs can be mended for two hundred years.',
        'Superglue is brittle and [creeps|goes white], it belongs on fingers and model aeroplanes.',
        'Something that moves with the seasons needs a joint that [gives|moves], a hard one only shifts the crack.',
      ],
      seen: [
        'My clamps were {3-7} bicycle tubes and a dictionary, it dried [straight|dead square].',
        'I used {glue} on {thing} in [2010|2014], in anger, and it outlived the rest of it.',
        'It set in {4-40} seconds while I was still looking for the [other half|cap].',
        'The old joint had been [pinned with a nail|wrapped in string and varnish] by somebody who also had no time.',
      ],
      asks: ['What is it made of, [beech|pine|bakelite]?', 'How clean was the [old surface|joint]?', 'Does it get [warm|wet] in use?'],
    },
    {
      subjects: ['Screws nobody can open', 'Should {thing} be repairable by law?', 'Glued batteries', 'Who owns {thing} if I cannot open it'],
      openings: [
        '{thing} has {2-6} sorts of screws, one of them made for no other purpose than to keep me out. I am for a law: what cannot be opened with [ordinary tools|{tool}] may not be sold.',
        'The maker answered that the part is *not available to end users*. I am not an end user, I am the owner. I find that spare parts should be a duty for [ten|fifteen] years.',
      ],
      yes: [
        'It used to have the [diagram|circuit] printed inside the lid, nobody was harmed by it.',
        'The index on the label works: makers suddenly find [screws|room for a clip] when the number is bad.',
        'Glue saves them cents and costs us the [whole machine|thing].',
        'A town can run a shop on repairs, you cannot run one on [landfill|parcels].',
      ],
      no: [
        'Sealed is also why it survives the [rain|bath], you cannot have both at that price.',
        'Parts for fifteen years means a warehouse, and [you|the buyer] pay for it in the first price.',
        'Most people would not open it if it had a [zip|door with a bell], let us be honest.',
        'Laws of that sort are met on paper, with a spare part at [eighty|ninety] percent of the new price.',
      ],
      seen: [
        'I filed a screwdriver to fit and it took {4-20} minutes, so the whole [secret|lock] is worth that.',
        'They sent me the part after {2-6} letters, in a box for a [refrigerator|wardrobe].',
        'In {thing} from [1968|1974] there was a spare fuse in a clip, with a [label|drawing]. I nearly wept.',
        'At {place} we keep a wall of shame, number one has {11-17} screws under the [feet|sticker].',
      ],
      asks: ['Has anybody read the [directive|actual text]?', 'Who makes the [tool|bit] for it?', 'What happens to the warranty?'],
    },
    {
      subjects: ['Darning: visible or invisible?', 'Socks, elbows, knees', 'Is it worth mending clothes?', 'My coat is {20-60} percent thread'],
      openings: [
        'I used to hide my darns. Now I do them in [red|orange|whatever is in the box] and people ask about them. I think a visible mend is the more honest one.',
        'My good coat has a hole the size of a [coin|plum]. The tailor wants {25-80} for an invisible mend, I could do a visible one tonight. I lean to tonight.',
      ],
      yes: [
        'An invisible mend says *pretend it never happened*, a visible one says [*I kept it*|*worth keeping*].',
        'The bright thread shows you where it is [thin|weak] next.',
        'You do it at once when it need not be [perfect|hidden], and a small hole stays small.',
        'It costs {10-30} minutes and a radio [play|programme].',
      ],
      no: [
        'On an interview jacket I want a jacket and not a [statement|manifesto].',
        'The old menders were *proud* that you could not see it, that is a skill, and we are [losing it|praising its absence].',
        'Thick darning yarn on thin knit makes the next hole [round its edge|beside it].',
        'It has become a style one buys [new|in shops], with the patch sewn on in the factory.',
      ],
      seen: [
        'My socks have been darned {3-9} times and I suspect that no [original|first] stitch is left.',
        'Grandmother used a [light bulb|wooden mushroom|lemon] inside the heel, I use a jar.',
        'I patched the knees for a {4-7}-year-old with [foxes|trams] and now the other pair is unwearable.',
        'Somebody in the tram took hold of my elbow to look at the [weave|darn], we missed {2-4} stops.',
      ],
      asks: ['Wool or [cotton|silk] thread?', 'How do you keep it [flat|from puckering]?', 'Do you wash it before or after?'],
    },
  ],
  asides: [
    'It shows `E{10-40}` and the manual jumps from `E9` to `call us`.',
    'Resistor marked `4k7`, measures `{6-30}k`, so [there you are|that was that].',
    'The repair evening is on again at the [library|fire station], bring {thing} and cake.',
    'I keep one box labelled *short bits of string* and one *string too short to [use|keep]*.',
    '{tool} is never where I left it, I suspect the [children|house].',
    'Every time I throw a part away I need it within {2-9} days.',
    'A [biscuit tin|baking tray] under the work catches the spring that would otherwise live behind the stove.',
    'I take a picture before each step now, since {thing} came apart like a [card trick|conjuring act].',
    'Contact cleaner and patience have mended more than [skill|I ever did].',
  ],
  links: ['https://en.wikipedia.org/wiki/Repair_caf%C3%A9', 'https://en.wikipedia.org/wiki/Right_to_repair', 'https://en.wikipedia.org/wiki/Animal_glue', 'https://en.wikipedia.org/wiki/Darning', 'https://en.wikipedia.org/wiki/Kintsugi'],
  notes: ['pin    should   is\n1      5.0 V    {4-5}.{0-9} V\n2      0 V      0 V\n3      12 V     {2-9}.{0-9} V  <- here', 'off the wall   -> fuse ok\nswitch         -> ok\nmotor          -> {20-60} ohm, ok\nbelt           -> {2-4} pieces'],
};
