import type { Pastime } from '../pastime.js';

/** Beds, seeds, pests and patience. */
export const garden: Pastime = {
  fits: /\b(garden|plant|seed|allotment|flower)/i,
  lists: {
    crop: ['leeks', 'kale', 'beetroot', 'broad beans', 'runner beans', 'carrots', 'parsnips', 'chard', 'courgettes', 'onions', 'peas', 'celeriac', 'garlic', 'lettuce', 'radishes', 'squash'],
    tomato: ['Sungold', 'Marmande', 'Black Krim', 'Gardener\'s Delight', 'Roma', 'Brandywine', 'Moneymaker', 'Tigerella'],
    bed: ['the north bed', 'the raised bed by the wall', 'the sloping end', 'the old potato patch', 'the bed under the pear', 'the strip along the path', 'the sunny corner'],
    month: ['March', 'April', 'May', 'June', 'July', 'August', 'September'],
    bug: ['slugs', 'pigeons', 'flea beetle', 'cabbage whites', 'vine weevil', 'blackfly', 'carrot fly', 'mice'],
  },
  clauses: {
    did: [
      'sowed the [carrots|beetroot] three weeks late', 'left the leeks in until [March|April]', 'moved the rhubarb in full leaf', 'planted the garlic upside down',
      'gave the beans nothing but rainwater', 'covered everything with old [bed sheets|fleece]', 'cut the raspberries to the ground', 'swapped the labels',
      'forgot the seedlings on the roof', 'put coffee grounds round the [hostas|lettuce]', 'let the [nasturtiums|borage] have the whole bed', 'picked every blossom off',
      'grew potatoes in a [dustbin|sack]', 'sowed straight onto the frost', 'thinned the row properly for once', 'limed the wrong half',
    ],
    result: [
      'half of them bolted', 'we ate kale until [May|we could not see it any more]', 'the pigeons had the lot', 'it was the best row on the site',
      'nothing came up for [five|six] weeks', 'the frost took the tips and no more', 'there were [two|three] marrows where one was planned', 'the roots were as straight as rulers',
      'it smelt of vinegar', 'the bees moved in at once', 'every second one was hollow', 'they caught up within a fortnight',
      'the whole bed leaned east', 'we had to give them away over the fence', 'the fox dug it all up again', 'not a single one split',
    ],
    claim: [
      'the soil is cold for longer than you think', 'the variety matters less than the week you sow', 'a good [fence|net] is worth more than any spray', 'plants want to live and we mostly interrupt them',
      'light is what is short, not feed', 'timing beats muscle', 'what grows next to it decides', 'most failures are drowned and not dried',
      'a weed in time is only green manure', 'the worst pest is the gardener with a free afternoon', 'nothing replaces walking past every day', 'a small bed well kept outgrows a large one',
      'roots hate surprises', 'our springs have two false starts', 'shade is not the enemy',
    ],
    cond: [
      'on heavy ground', 'in a windy spot', 'with our late frosts', 'under glass',
      'after a mild winter', 'in pots', 'at {200-600} metres', 'near the sea',
      'on the north side', 'in a dry May', 'beside a hedge',
    ],
    advice: [
      'wait a week', 'water before sunrise', 'sow a second row', 'keep the hoe moving',
      'plant less of it', 'write down the dates', 'leave the roots in', 'cut the losses and start again',
      'feed the soil and not the plant', 'let it flower', 'look under the leaves', 'share the seed',
    ],
  },
  disputes: [
    {
      subjects: ['No-dig after [two|three|four|five] seasons', 'Has anybody gone back to digging?', 'Double digging: worth the back ache?', 'Digging [clay|heavy soil|a new plot], yes or no'],
      openings: [
        'I stopped digging {bed} {2-6} years ago and just pile compost on top. I [think|suspect|have come to believe] the soil does better without a spade, but my neighbour laughs at me every [autumn|spring|November].',
        'Our allotment committee wants every plot dug over by [Christmas|the end of January|the first frost]. I would rather leave mine alone under mulch. Is there any good reason left to turn the soil?',
      ],
      yes: [
        'Every time you turn the soil you bring up [a fresh crop of weed seed|ten years of buried weed seed|all the dormant chickweed] and then blame the weather.',
        'Worms do the [digging|mixing|work] for nothing if you leave [them a layer to pull down|something on the surface for them].',
        'The structure you break in an afternoon takes [a year or two|several seasons|most of a winter] to come back.',
        'Undug beds drain better here after [heavy rain|a wet week|a cloudburst], and I can walk to {bed} without sinking.',
        'Compost on top is how [a forest floor|every hedge bottom|woodland] works, and nobody digs that.',
      ],
      no: [
        'No-dig is easy to praise when you can buy [six cubic metres|two tonnes|a lorry load] of compost; most of us cannot.',
        'On compacted [builder\'s rubble|clay|subsoil] you have to open the ground once, or the roots of {crop} go sideways.',
        'Couch grass does not care about your cardboard, it comes up [at the edge|through the joins|a metre away] and laughs.',
        'Without a fork in the ground I would never have found the [pan at spade depth|old drain|layer of yellow clay] that drowned my {crop}.',
        'What people call a [healthy undug soil|living soil] is mostly the thick mulch, and you would get that on dug ground too.',
      ],
      seen: [
        'I split {bed} down the middle for {2-4} years: the dug half was ahead until {month}, and by harvest I could not tell them apart.',
        'My {crop} forked badly in the first undug season and [never since|hardly at all after that|only in the corner after that].',
        'The old man on the next plot has dug his [by moonlight, more or less,|every November] since [1974|before I was born|the seventies] and his onions win every year.',
        'We put down {20-60} cm of leaves over winter and by [April|May] there were only {2-9} left.',
      ],
      asks: ['How deep is your topsoil [really|before you hit the yellow stuff]?', 'Where do you get that much compost [every year|without a car|for the price of a few seeds]?', 'Has anyone measured it, with [a yield in kilos|two equal beds|scales and a notebook]?'],
    },
    {
      subjects: ['Do you pinch out the side shoots on {tomato}?', 'Side shoots: leave them or take them', '{tomato} [outdoors|in a cold greenhouse], pruning question', 'Tomatoes: one stem or many'],
      openings: [
        'Every book says to take the side shoots off. This year I forgot about {2-5} plants of {tomato} behind the shed, and they gave [as much as|rather more than|at least as much as] the tidy ones. I begin to think it is mostly habit.',
        'I have {8-20} plants in [buckets|a lean-to|growbags] and not enough evenings. What do I really lose if I let them all grow as they like?',
      ],
      yes: [
        'More leaves mean more sugar, and you can [taste it|taste the difference in September|measure it with a cheap refractometer].',
        'A bush left alone shades its own fruit, so there is less [greenback|scald|cracking] in a hot {month}.',
        'For {tomato} outdoors the season ends before the [extra stems|side shoots] can do any harm.',
        'I would rather spend the [hour|evening] watering than pulling at stems, the plants notice water more.',
      ],
      no: [
        'In a wet summer an unpruned plant is a [blight hotel|wet towel|damp hedge]: no air moves through it and it is gone in [a week|four days|one weekend].',
        'You get more fruit, but half of it is [still green|the size of a marble] in October.',
        'Two stems at most, or you cannot [find|reach|see] what is ripe and it drops.',
        'The trick is not the yield, it is that {tomato} on one stem takes [a third|half] of the room, so you plant more of them.',
      ],
      seen: [
        'I weighed it one year: {9-14} kg from {3-5} pruned plants and {11-16} kg from the same number of wild ones, but the wild ones came {2-4} weeks later.',
        'Mine were wild until {month}, then the wind laid the whole row flat in [one night|ten minutes].',
        'My grandmother took every shoot off with her thumbnail and put them in [a jar of water|wet sand]; they rooted in a week and she had a second row for nothing.',
        'The side shoot I stuck in a pot in {month} was fruiting by [late August|September].',
      ],
      asks: ['Bush or cordon type? It matters [a lot|more than the pruning].', 'How far apart do you plant them [outdoors|when you let them grow]?', 'What did you feed them with, and [how often|from when on]?'],
    },
    {
      subjects: ['{bug}, again', 'What really works against {bug}', 'I have lost {10-60} seedlings to {bug}', 'Peaceful coexistence with {bug}?'],
      openings: [
        'Lost {10-60} seedlings in [two nights|one night|a single wet weekend]. I have come to think that barriers are a waste of money and only [evening patrols|planting bigger|hungry frogs] help. Convince me otherwise.',
        'Copper, wool, eggshells, beer. I have paid for all of them. As far as I can see none of it works and {bug} [simply wait|come from below|think it is a game].',
      ],
      yes: [
        'Barriers fail because [the slugs are already inside|half of them live in the soil you put in the pot|one leaf over the edge is a bridge].',
        'Eggshells are [a snack|decoration|calcium for the soil], nothing more; I have filmed one gliding over them.',
        'A torch and a bucket at [ten|eleven|dusk] beats anything in a packet, if you keep it up for {7-14} evenings.',
        'Plant {crop} out when the stems are as thick as a pencil and [you can stop worrying|most of the damage goes away].',
      ],
      no: [
        'Wool pellets worked for me as long as it stayed [wet|damp], the trouble starts when they dry out and shrink.',
        'Copper tape works on [smooth, clean pots|pots that stand alone], it just cannot work on a raised bed full of eggs.',
        'Nematodes at the right temperature took care of [most|three quarters|nine tenths] of it here, twice a year, {month} and again {5-7} weeks later.',
        'A strip of rough sawdust [renewed after rain|as wide as your hand] did keep the lettuce whole, so it is not all folklore.',
      ],
      seen: [
        'I counted {80-240} in [one evening|an hour] along {bed}, and {60-200} the next.',
        'Since the [hedgehog|toad|pair of thrushes] moved in behind the compost I have hardly lost a leaf of the {crop}.',
        'The {crop} in the gutter on the shed wall were [untouched|perfect], the row below was gone.',
        'My beer trap caught {3-9} slugs, {10-30} beetles that eat slugs, and [one disappointed cat|the neighbour\'s interest].',
      ],
      asks: ['Do you water in the evening or [in the morning|early]?', 'What is next to the bed, [grass|a hedge|a heap of boards]?', 'Has anyone tried [ducks|a board left out as a trap|growing a sacrificial row]?'],
    },
    {
      subjects: ['Saving seed from {crop}', 'Is saving your own seed worth it?', 'Home-saved {crop}, year {3-9}', 'F1 or open-pollinated?'],
      openings: [
        'I have saved my own {crop} for {3-9} years and I am sure they [suit this soil better|come up earlier|shrug off our late frosts] by now. A friend with a biology degree says that is imagination. Who is right?',
        'Seed packets have doubled in price. I would like to save my own, but everything I read makes it sound like [running a laboratory|a second job]. Is it worth it for a small garden?',
      ],
      yes: [
        'Fresh seed germinates [so much|noticeably|twice as] well that it pays for the trouble alone.',
        'Even a few years of picking the [best|earliest|last to bolt] plants shifts a variety, that is how every old strain came about.',
        'Beans, peas, lettuce and tomatoes are [no work at all|nearly foolproof|as easy as drying tea], nobody needs to fear those.',
        'Half the fun is the envelope swap in [February|January], where nothing has a brand on it.',
      ],
      no: [
        'With {6-15} plants you inbreed {crop} within [a few years|three generations], and then wonder why they sulk.',
        'Anything that crosses, and squash crosses with [everything in the street|the whole village], gives you soup and not a variety.',
        'Five seasons in a back garden is not selection, it is [noise|weather|luck with a label on it].',
        'A hybrid from the shop carries the [mildew|blight|rust] resistance that your grandfather\'s seed never had.',
      ],
      seen: [
        'My own peas came up {5-12} days before the bought ones [this spring|in a cold April], same row, same day.',
        'I got a [pale, bitter, enormous|warty orange] thing from saved squash seed, the chickens liked it.',
        'The jar at the back of the shelf was from [2011|2014|before we moved] and {30-70} percent of it still grew.',
        'At the swap I got an envelope marked only "Aunt Vera\'s", and it is the best {crop} I ever grew.',
      ],
      asks: ['How many plants do you keep [for seed|back each year]?', 'Do you dry them [indoors|on the plant|on paper]?', 'How do you keep the neighbours\' pollen out?'],
    },
    {
      subjects: ['Watering in a dry {month}', 'Water every day or once a week?', 'Drip hose, can, or nothing', 'The {bed} dries out by noon'],
      openings: [
        'It has not rained for {12-40} days. I water deeply once a week and my neighbour gives a little every evening. Mine look worse by day and better in the morning. I still think [deep and seldom|the weekly soak] is right.',
        'After last summer I put a drip hose along {bed}. I am starting to believe that watering by hand [teaches the roots to be lazy|is mostly a pleasant habit|wets the leaves and little else].',
      ],
      yes: [
        'Roots follow the water: a daily sprinkle keeps them in the top [five centimetres|hand\'s breadth], where they cook.',
        'Stick a finger in after the evening can and it is dry [two knuckles|a finger] down, every time.',
        'A weekly soak under mulch lost [next to nothing|hardly any] to the air here, while the bare bed cracked.',
        'Plants that wilt at noon and stand at [six|dusk] are not thirsty, they are saving.',
      ],
      no: [
        'On sand a weekly soak is [gone by Tuesday|in the groundwater by next day], you have no choice but little and often.',
        'Seedlings and {crop} have shallow roots [whatever you do|by nature], they do not read about deep watering.',
        'Uneven water is what [splits tomatoes|makes lettuce bolt|gives you bitter cucumbers], and once a week is as uneven as it gets.',
        'A can in the evening is also when you [see|find] the trouble; the drip hose people notice mildew in [a fortnight|August].',
      ],
      seen: [
        'I buried a [flower pot|bottle with the bottom cut off] beside each plant and fill that, which uses about {30-60} percent less.',
        'We ran on {200-900} litres from the barrel from {month} on, and it [just about|nearly] lasted.',
        'The year I went away for {10-16} days in {month} the {crop} survived and [only the pots|the lettuce] died.',
        'My meter says {20-80} litres an evening, I had guessed a third of that.',
      ],
      asks: ['Sand or clay? [Otherwise|Without that] nobody can answer this.', 'What do you mulch with in [a drought|summer]?', 'Do you measure it or [guess|count cans]?'],
    },
    {
      subjects: ['Should the compost be turned?', 'Cold heap, {2-4} years, no turning', 'My heap never gets hot', 'Compost: patience or pitchfork'],
      openings: [
        'I do nothing to my heap. It takes [eighteen months|two years|a year and a half] and comes out [black and sweet|fine as tea]. All this turning and measuring looks to me like a hobby of its own.',
        'Bought a thermometer for the heap, it shows {18-35} degrees and a beetle. Does it matter whether it ever gets hot, as long as it rots?',
      ],
      yes: [
        'Time does [everything|all that] a fork does, and your back stays straight.',
        'Cold heaps are full of [worms|woodlice and worms|fungi], a hot one is sterile in the middle.',
        'Turning lets the nitrogen out, you can [smell it leave|smell the ammonia].',
        'If you have room for {2-4} heaps you never need to hurry one.',
      ],
      no: [
        'A cold heap keeps every [weed seed|tomato seed|bit of bindweed] alive and you spread it with your own hands.',
        'Turned {2-4} times it is done in [ten weeks|one summer], and a small garden has room for one heap, not three.',
        'If it never heats it is short of [green stuff|water|volume], that is not patience, that is a cupboard.',
        'Rats love an [undisturbed|untouched] heap; they leave one that is moved every few weeks.',
      ],
      seen: [
        'Mine reached {55-68} degrees after I added [coffee grounds|grass from the whole street|chicken bedding] and water.',
        'Found [a teaspoon|the good scissors|a slow worm family|my reading glasses] at the bottom when I emptied it.',
        'I turned one and left its twin: {10-14} weeks against {12-20} months, and in use I could not tell them apart.',
        'The grass snake in the heap decided for us, [nobody|not one of us] touches it before September now.',
      ],
      asks: ['How big is it? Under a cubic metre it [never|hardly ever] heats.', 'Is it covered [in winter|against the rain]?', 'What do you do with [cooked food|blighted stems|perennial roots]?'],
    },
  ],
  asides: [
    'The label in that row says `{crop} {2015-2023} ?` in my own hand, so [much|little] for science.',
    'I had written `sow {month}` on the shed wall and my wife has added `which year`.',
    'It is raining here [at last|for the first time in weeks], so [nobody|not a soul] is at the plots and I have time to type.',
    'My {crop} [look like they read this thread and gave up|are ahead of everybody\'s for once].',
    'Off pastime, but [who|which of you] planted mint in open ground and still sleeps well?',
    'The [robin|blackbird] has opinions about all this and expresses them while I dig.',
    'I keep a [diary|notebook] since {2009-2021} and the last frost has been anywhere between [2 April and 19 May|mid April and late May].',
    'Whatever you do, label the rows. I have {3-8} mystery rows [again|this year].',
    'A *sharp* hoe on a dry morning is still the best [tool|ten minutes] in the garden.',
  ],
  links: ['https://en.wikipedia.org/wiki/No-dig_gardening', 'https://en.wikipedia.org/wiki/Compost', 'https://en.wikipedia.org/wiki/Landrace', 'https://en.wikipedia.org/wiki/Companion_planting', 'https://en.wikipedia.org/wiki/Drip_irrigation'],
  notes: ['bed    sown     up       first picked\nA      {2-9} Mar    {11-20} Mar   {1-9} Jun\nB      {12-20} Mar   {21-30} Mar   {10-20} Jun\nC      {1-9} Apr    {10-19} Apr   {21-30} Jun', 'leaves     3 parts\ngrass      {1-2} parts\nkitchen    1 part\nwater      until a handful just drips'],
};
