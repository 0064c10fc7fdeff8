import type { Pastime } from '../pastime.js';

/** Cameras, film, darkrooms. */
export const film: Pastime = {
  fits: /\b(film|camera|photo|darkroom)/i,
  lists: {
    camera: ['the Pentax', 'an old Olympus', 'my Rolleiflex', 'a Zorki', 'the Nikon FM', 'a Minolta', 'my grandfather\'s Agfa', 'a folding Zeiss', 'the Canonet'],
    emulsion: ['HP5', 'Tri-X', 'FP4', 'Fomapan 100', 'Delta 400', 'Portra', 'Ektar', 'Kentmere 400'],
    dev: ['D-76', 'Rodinal', 'HC-110', 'XTOL', 'Perceptol', 'caffenol'],
    light: ['flat grey light', 'snow', 'a street at night', 'backlight', 'a dark hall', 'open shade'],
    lens: ['the 50', 'a 35', 'the old 85', 'a 28', 'the macro'],
  },
  clauses: {
    did: [
      'loaded the film with the light on', 'left the filter on indoors', 'metered for the sky', 'pushed it two stops',
      'bracketed every frame', 'rinsed it in sea water', 'printed on paper from the [sixties|attic]', 'used the wrong spool',
      'carried only twelve frames', 'shot the whole roll from the hip', 'developed two rolls back to back', 'forgot to set the speed',
      'took the portrait through a window', 'swapped the lens in the rain', 'left the roll in the glove box', 'scanned it emulsion side up',
    ],
    result: [
      'the best frame was the accident', 'there was nothing on it but a thumb', 'the shadows came back like new', 'every horizon leans to the left',
      'the edges went soft and lovely', 'I had the same picture eleven times', 'it looked like 1950', 'the lab called to ask whether I was well',
      'half the roll was clear as glass', 'the grain was the size of peas', 'nobody noticed', 'the skin tones were perfect',
      'the shutter froze at a fifteenth', 'there is a light leak that I would pay for', 'I finally understood the scale', 'the dust drew its own constellation',
    ],
    claim: [
      'the light is the subject', 'sharpness is what people discuss who have nothing to show', 'every camera is good enough at f/8', 'a thin negative is a missed chance',
      'the first print is never the right one', 'you learn more from a contact sheet than from a book', 'exposure is a decision and not a number', 'slow film makes slow people, in a good way',
      'the shutter is the first thing to lie', 'old glass flatters and new glass accuses', 'a tripod is worth two lenses', 'the picture is mostly where you stand',
      'fixer is cheap and regret is not', 'contrast is decided before you press anything', 'the best filter is waiting',
    ],
    cond: [
      'in flat light', 'on a tripod', 'with old chemistry', 'at night',
      'by the sea', 'in winter', 'wide open', 'on thirty-five millimetre',
      'with slide film', 'in a hurry', 'indoors',
    ],
    advice: [
      'expose for the shadows', 'take one step closer', 'wash it longer', 'write the dates on the bottle',
      'throw the first frame away', 'clean the contacts', 'use what is in the bag', 'print it small first',
      'wait for the cloud', 'test one strip', 'keep the lens cap in a pocket', 'go back next morning',
    ],
  },
  disputes: [
    {
      subjects: ['Do I need a light meter?', 'Sunny 16 for a whole summer', '{camera} without a meter', 'Guessing the exposure'],
      openings: [
        'The meter in {camera} died in [May|June|spring] and I never had it mended. {6-20} rolls of {emulsion} later I think that a meter mainly makes people [nervous|slow]. Sunny 16 and a bit of experience is enough.',
        'Borrowed {camera}, no meter, no battery. Everybody tells me to install an app. How far can one get by [looking at the shadows|guessing], honestly?',
      ],
      yes: [
        'Negative film forgives [two stops|a lot] on the bright side, so be generous and walk on.',
        'After {3-6} rolls you see light in stops, like [hearing a semitone|knowing the price of bread].',
        'The meter is fooled by {light} anyway, you have to correct it with your head.',
        'While you point the meter the [dog|child|tram] has left the picture.',
      ],
      no: [
        'It works until you stand in {light}, and that is where the [good|interesting] pictures are.',
        'Our eyes adapt, that is their job, and so they are the [worst|least honest] meter there is.',
        'With slide film you have [half a stop|no room at all] and guessing costs a euro a frame.',
        'What you call forgiving I call [muddy shadows|grain like gravel] and an hour more in the darkroom.',
      ],
      seen: [
        'I guessed a whole roll and wrote it down, then checked: {20-30} of 36 within a stop, {2-6} [hopeless|black].',
        'My uncle shot weddings for {20-40} years with a [printed card|slip from the film box] and never owned a meter.',
        'In {light} I was off by {2-4} stops, always the same way, so now I just add that.',
        'An app and a hand meter disagreed by [a stop|a stop and a half] in my kitchen, and the film liked neither.',
      ],
      asks: ['Which film? On {emulsion} I would [believe it|not even worry].', 'What about [indoors|evenings|winter]?', 'Do you bracket, or is that [cheating|waste]?'],
    },
    {
      subjects: ['Stand development, miracle or mush', '{dev} 1:100, one hour, no touching', '{emulsion} in {dev}: times?', 'Is agitation overrated?'],
      openings: [
        'I put {emulsion} in {dev} at 1:100, went to [the shops|bed for an hour|walk the dog] and came back to perfectly printable negatives. I am tempted to do it with everything from now on.',
        'Everybody has a religion about agitation. I tried {3-6} ways on the same roll, cut in pieces, and I could hardly [see|measure] a difference. I suspect that most of it is ritual.',
      ],
      yes: [
        'The developer exhausts in the highlights and goes on in the shadows, that is [chemistry|not magic].',
        'One hour, one temperature, any film: nothing is left to get [wrong|forgotten].',
        'It saves [half|most] of the developer, and {dev} is not cheap here any more.',
        'My scans need no curve at all since then, the [sky|snow] just sits there.',
      ],
      no: [
        'Sooner or later you get [bromide drag|streaks from the sprocket holes], and always on the frame that mattered.',
        'What looks sharp is an edge effect, the real [detail|resolution] is lower, put it under a loupe.',
        'It flattens everything to the same [grey|soup], you then add the contrast back and call it a miracle.',
        'Temperature drifts in an hour, so the result depends on your [bathroom|heating] and nobody can repeat it.',
      ],
      seen: [
        'I got a dark band along one edge on {2-4} rolls of {2-9}, after a single [turn|tap] at half time it was gone.',
        'Mine stood for {2-4} hours because I fell asleep, and [nothing|very little] happened.',
        'The negatives from {dev} were thin, so I added {10-30} minutes and they were still [thin|the same].',
        'I developed {emulsion} in coffee and washing soda once; it worked and the [kitchen|flat] smelt for a week.',
      ],
      asks: ['How do you get it onto the reel without [air bells|creases]?', 'Tap water or [distilled|boiled]?', 'Do you print or scan? That decides [half of it|a lot].'],
    },
    {
      subjects: ['Scanning or printing?', 'Is a scanned negative still a film picture?', 'Sold the enlarger', 'Why wet prints still matter'],
      openings: [
        'I sold the enlarger and bought a [macro lens|scanner]. I do not miss the dark. As far as I can tell the [print|wall] does not know how it was made.',
        'A friend says that if you scan, you could as well [shoot digital|use a telephone]. I think the negative is the picture and the rest is copying.',
      ],
      yes: [
        'Every step that matters, [the lens|the film], the moment, has happened before the scanner is switched on.',
        'I can do {6-20} versions in an evening, in the darkroom that was [a month|a box of paper].',
        'Most prints people show me are [flat and grey|too dark], tradition does not help that.',
        'Nobody has a [spare bathroom|cellar] any more, and film would be dead if printing were required.',
      ],
      no: [
        'A print has a [surface|depth] that no screen shows, put them side by side by a window.',
        'The scanner decides about the blacks and you [let it|never notice].',
        'In the dark you spend an hour with *one* picture, that is where you learn to [see|choose].',
        'The scans I made in [2009|2012] are on a disk nobody can read; the prints are in [the drawer|an album].',
      ],
      seen: [
        'I made {3-8} prints of one negative of {lens} shot in {light}, and number [two|four] hangs in the hall.',
        'My scanner gave every sky a [faint stripe|line] and I blamed the camera for {2-5} months.',
        'At our club evening {7-15} people guessed which was which, and got it [right|wrong] about half the time.',
        'Fibre paper curled so badly that I dried it under [the atlas|{3-6} volumes of an encyclopaedia].',
      ],
      asks: ['What size do you print [at most|on the wall]?', 'How do you hold the film flat?', 'What does a sheet of [fibre|good] paper cost where you are?'],
    },
    {
      subjects: ['One lens for a year', 'Only {lens}, for {6-18} months', 'Zooms on old cameras, why not', 'Too many lenses'],
      openings: [
        'Put everything in a drawer except {lens} on {camera}. {3-11} months in, I see more and [carry|think about gear] less. I am convinced that most of us own too many lenses.',
        'I own {5-14} lenses and took {60-95} percent of the pictures I like with {lens}. Should I sell the others, or is that only a mood?',
      ],
      yes: [
        'With one lens you know the frame before the camera is at your [eye|face].',
        'Your feet are a better zoom, they also change what is [behind|next to] the subject.',
        'Choosing is work, and you do it at the very [moment|second] when you should look.',
        'The limits are the [style|point], look at anyone whose pictures you would recognise.',
      ],
      no: [
        'Across a [river|gorge|railway] your feet are no zoom at all.',
        'A short tele shows faces as we [remember|know] them, {lens} makes noses.',
        'One lens is a fine exercise and a [poor|sad] religion.',
        'You only notice the pictures you took, not the ones you [walked past|never saw].',
      ],
      seen: [
        'I did it for {6-12} months, and then a friend lent me [a 105|a 24] and I was like a child.',
        'On the last trip I carried {2-5} kilos and used {lens} for all but {2-9} frames.',
        'My drawer of lenses grew [fungus|haze] while I was being virtuous.',
        'In {light} I wished for something faster exactly {2-4} times in a year.',
      ],
      asks: ['Would you pick the same one for [travel|portraits]?', 'Is that with or without a [yellow filter|hood]?', 'What happened to the others, [sold|lent|drawer]?'],
    },
    {
      subjects: ['Expired {emulsion}, year 2003', 'Is expired film worth shooting?', 'Found {3-12} rolls in a drawer', 'Freezer film'],
      openings: [
        'Somebody gave me {4-20} rolls of {emulsion} that ran out in [1998|2001|2004]. I shot one at [a stop|two stops] over and the result is lovely. I think the dates are [for lawyers|mostly a sales device].',
        'Fresh film is too dear for me now, expired is half the price. I believe that with some overexposure one hardly sees it. Am I fooling myself?',
      ],
      yes: [
        'Slow black and white keeps for [decades|twenty years] if it was not cooked.',
        'A stop for every ten years and the [grain|fog] is all you notice.',
        'At that price you shoot [twice as much|without counting], and that improves anybody.',
        'From a freezer it is [as good as new|practically fresh], cold stops the clock.',
      ],
      no: [
        'You do not know whether it spent {5-20} summers on [a dashboard|an attic shelf], and the box does not tell.',
        'Fast film fogs whatever you do, and you cannot overexpose your way out of [fog|a base like milk].',
        'It is cheap until the one [day|trip] that cannot be repeated.',
        'The look people praise is [a colour cast|lost shadows], a filter does it for nothing.',
      ],
      seen: [
        'I had {2-7} rolls of the same brick: {2-4} fine, one with [spots|backing paper numbers] across every frame.',
        'Mine had been exposed already, in [1987|1991]; there is a [wedding|picnic] on it and nobody knows these people.',
        'I developed it in {dev} with a pinch of benzotriazole and the fog fell by [half|a third].',
        'The colour shifted to [magenta|green] and my sister\'s dog looks like a plum.',
      ],
      asks: ['How was it [stored|kept]?', 'Did you cut a strip off for [a test|a clip test]?', 'Would you use it for [people|anything you care about]?'],
    },
  ],
  asides: [
    '`1/125 f/8` is written on the inside of my eyelids by now.',
    'The edge of the film says `{1-9}A` where I expected a picture, which is [how I learn|typical].',
    'Loaded {camera} in the dark of [a coat sleeve|the wardrobe] again because the bag has a hole.',
    'I write the frame numbers in pencil on [the leader|a till receipt] and can never read them.',
    'The shop on the corner still has a [fridge|shelf] of film behind the socks, tell nobody.',
    '{emulsion} went up again, {2-4} euros since [spring|the last order].',
    'Dust, always dust. I dry my film in the [shower after hot steam|bath] now and it helps.',
    'I like {lens} best when it is *slightly* dirty.',
    'Forgot the rewind crank and opened the back, {6-20} frames went [to heaven|white].',
  ],
  links: ['https://en.wikipedia.org/wiki/Sunny_16_rule', 'https://en.wikipedia.org/wiki/Rodinal', 'https://en.wikipedia.org/wiki/Caffenol', 'https://en.wikipedia.org/wiki/Zone_System'],
  notes: ['frame  f     s      guess / meter\n{2-8}      8     1/125  -{1-2}\n{9-18}     5.6   1/60   0\n{19-30}     2.8   1/30   +1', 'pre-soak   {2-5} min\ndev 1:100  60 min, {18-22} C\nturn once  at 30\nfix        {4-6} min'],
};
