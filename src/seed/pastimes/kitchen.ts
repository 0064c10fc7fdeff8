import type { Pastime } from '../pastime.js';

/** Bread and things in jars. */
export const kitchen: Pastime = {
  fits: /\b(kitchen|bread|ferment|bak|cook|food)/i,
  lists: {
    flour: ['rye', 'spelt', 'wholemeal', 'strong white', 'emmer', 'a type 1050', 'stone-ground wheat', 'half rye, half wheat'],
    jar: ['sauerkraut', 'kimchi', 'beetroot kvass', 'dill cucumbers', 'preserved lemons', 'carrot sticks', 'chilli mash', 'turnips'],
    pot: ['a cast iron pot', 'a flower pot', 'the roasting tin', 'a pizza stone', 'an upturned pan', 'the bare oven floor'],
    time: ['overnight', 'for five hours', 'from breakfast to supper', 'for two days in the fridge', 'until it doubled'],
    starter: ['Gertrude', 'the old one', 'my rye starter', 'the one from the neighbour', 'a stiff one', 'my third attempt'],
  },
  clauses: {
    did: [
      'doubled the salt by mistake', 'let it stand over the weekend', 'swapped rye for wheat', 'used the water from the potatoes',
      'forgot the timer', 'baked it from cold', 'left the lid off', 'halved the yeast',
      'put the jar on the radiator', 'scalded the flour', 'kneaded it in the bath tub', 'shaped it with wet hands',
      'cut the cabbage by hand', 'added a spoon of honey', 'started it with whey', 'baked on the balcony',
    ],
    result: [
      'the crust sang for ten minutes', 'it tasted of nothing at all', 'it was gone before it cooled', 'the crumb was like a sponge',
      'the neighbours rang the bell', 'it rose over the edge and kept going', 'we called it a flat bread and nobody asked', 'it kept for nine days',
      'the smell is still in the curtains', 'the middle was raw', 'it had the best colour so far', 'the cucumbers went soft as butter',
      'the children wanted it again', 'the brine turned pink', 'it cracked exactly where I wanted', 'I could have soled boots with it',
    ],
    claim: [
      'temperature is an ingredient', 'time does what the hands cannot', 'the oven is colder than it says', 'salt is there for more than taste',
      'most recipes were written in a warmer kitchen', 'a wet dough forgives a bad oven', 'freshness is mostly a story about transport', 'the jar knows more than the calendar',
      'weighing is not fussy, it is quick', 'bread fails in the first hour and shows it in the last', 'a dull knife ruins more cabbage than any mould', 'old flour drinks differently',
      'nobody ever let a loaf cool long enough', 'the smell tells you before the clock does', 'patience rises better than yeast',
    ],
    cond: [
      'in a cold kitchen', 'with fresh flour', 'in summer', 'in a gas oven',
      'with hard water', 'for small loaves', 'in the second week', 'without a scale',
      'with rye', 'at altitude', 'in a shared fridge',
    ],
    advice: [
      'weigh the water', 'wait another hour', 'bake it darker', 'trust your nose',
      'keep it under the brine', 'use less yeast', 'turn the loaf halfway', 'write it on the jar',
      'preheat for longer', 'fold it once more', 'start with a small jar', 'let it cool',
    ],
  },
  disputes: [
    {
      subjects: ['Starter: feed it daily or forget it?', '{starter} is {3-20} years old', 'Fed my starter after {4-12} weeks in the fridge', 'Throwing away starter'],
      openings: [
        'I keep {starter} in the fridge and feed it when I bake, sometimes after {3-9} weeks. It has never [failed me|missed a loaf]. The twice-a-day people are keeping a pet, not a leaven.',
        'How much of the starter ritual is needed? I throw away [half a kilo of flour|a good bag] a month following the book, and I suspect that none of it [matters|improves the bread].',
      ],
      yes: [
        'Acid and cold keep everything else out, it is [a pickle|about as fragile as vinegar].',
        'Two feeds before baking wake it up completely, whatever it did [in the weeks before|all month].',
        'Our grandmothers kept a [lump in the flour bin|dry crumb in a cloth] from one week to the next.',
        'Keep {20-50} g and there is nothing to throw away in the first place.',
      ],
      no: [
        'A neglected starter raises bread, yes, but it turns [sour and slack|sharp], and you get used to it without noticing.',
        'With {flour} you need it at its peak, the window is [two hours|short], and you only learn that by feeding it often.',
        'The fridge favours the acid makers over the yeast, every [baker|book] will tell you that for a reason.',
        'Daily feeding is no work if the jar stands [beside the kettle|where you make tea].',
      ],
      seen: [
        'I fed two halves of {starter} differently for {2-4} months and nobody at the table could [pick one|tell], except the dog.',
        'Mine had a grey liquid on top and smelt like [nail varnish|apples and glue], three feeds later it was fine.',
        'I dried some on baking paper in [2015|2018], crumbled it, and woke it up last month in {2-5} days.',
        'It went over the edge of the jar {time} and into the [cutlery drawer|bread bin], we were finding it for weeks.',
      ],
      asks: ['How warm is your [kitchen|fridge] really?', 'What do you do with the [discard|rest]?', 'Is that a {flour} starter? They [behave|sulk] differently.'],
    },
    {
      subjects: ['Kneading: still needed?', 'No-knead with {flour}', 'Ten minutes by hand or a night of waiting', 'Folding versus kneading'],
      openings: [
        'I have not kneaded anything since [spring|last year]. Mixed, folded {2-5} times, left {time}. The crumb is the best I have had. Kneading looks to me like a thing we do to [feel useful|hurry].',
        'My hands hurt and so I let the dough do it by itself {time}. Did I lose anything? I honestly believe I did not.',
      ],
      yes: [
        'Gluten lines up by itself with [water and time|patience], that is all kneading speeds up.',
        'Wet doughs cannot be kneaded by hand at all, and they make the [best|most open] bread.',
        'Flour tastes of more when it was never [beaten|oxidised] to whiteness.',
        'Three folds at half-hour intervals take [a minute|forty seconds] each, you are in the kitchen anyway.',
      ],
      no: [
        'For sandwich bread and anything rich you want a fine, [even|tight] crumb, and waiting never gives you that.',
        'Eighteen hours is no kitchen recipe for [a Tuesday|people with children], ten minutes of work is.',
        'With {flour} there is not enough gluten to look after itself, it [slumps|spreads] like porridge.',
        'Your hands learn what the dough is like *that day*, you never feel it through a [bowl|cloth].',
      ],
      seen: [
        'I baked both on the same day in {pot}: the kneaded one was {1-3} cm higher, the other was gone [first|before it was cold].',
        'My machine walked off the table at minute {4-9} and that was the end of [kneading|the tiles].',
        'At {70-85} percent water mine flowed out of the basket, under that it stood like a [soldier|brick].',
        'The old baker in our street kneads by [ear|the sound], he says it stops slapping and starts to whisper.',
      ],
      asks: ['How much water to the kilo [of flour|with {flour}]?', 'What did you bake it in, {pot}?', 'How do you shape something that wet?'],
    },
    {
      subjects: ['Steam in a home oven', '{pot}: the only way?', 'Why is my crust [pale|soft|thick]?', 'Lid on, lid off'],
      openings: [
        'After {3-9} years of ice cubes, water sprays and wet towels I put the loaf in {pot} and everything was solved. I am of the opinion that all other steam tricks are [theatre|superstition].',
        'Every forum says that without {pot} there is no crust. I would like to believe that [a tray of hot water|wetting the loaf] does the same.',
      ],
      yes: [
        'The loaf makes its own steam, you only have to [keep it in|stop it leaving].',
        'A fan oven blows your steam [out of the back|into the kitchen] in under a minute.',
        'Heat stored in {pot} hits the dough from below at once, a [tray|grid] cannot do that.',
        'No burnt hands, no cracked oven glass, [no drama|nothing to time].',
      ],
      no: [
        'Baguettes and anything longer than your [hand|pot] do not fit, so you need another way in any case.',
        'A brush of water before and after scoring gave me the same [shine|blisters], try it.',
        'Iron burns the bottom before the middle is [done|baked], everybody has a photograph of that.',
        'Lava stones and a cup of boiling water do it, if you *seal the vent* with [foil|a wet cloth].',
      ],
      seen: [
        'My oven door cracked from a splash in [2016|2019], so I am done with water on hot glass.',
        'I lifted the lid after {15-25} minutes and the loaf had [doubled|opened like a book].',
        'An upturned [clay pot|mixing bowl] over the loaf cost me {4-15} and works as well as anything with a brand.',
        'At {230-250} degrees the bottom went black, so I put [a second tray|salt] under it.',
      ],
      asks: ['Does your oven have a [vent|fan you can switch off]?', 'When do you take the lid off?', 'How long do you let it cool, [honestly|really]?'],
    },
    {
      subjects: ['{jar}: how much salt?', 'Salt by weight or by feeling', 'Two percent for everything?', 'Mould on my {jar}'],
      openings: [
        'I weigh everything: two percent salt for {jar}, always. My mother-in-law throws in [a handful|what looks right] and hers is better every single year. I start to think that the exact figure is not important.',
        'There is a white film on my {jar} after {5-20} days at {2-4} percent. Half the internet says [throw it away|danger], half says skim it. I skimmed it and lived.',
      ],
      yes: [
        'Between [one and a half|two] and three percent everything works, the cabbage forgives you.',
        'Film yeast is [ugly|harmless], skim it, push the stuff under, carry on.',
        'Your nose is the better instrument: bad {jar} is not subtle, it [announces itself|clears the room].',
        'People did this in barrels for a thousand years with [grey salt|no scales at all].',
      ],
      no: [
        'Cabbage in [October|a dry year] holds half the water, so the same handful is not the same brine.',
        'Too little salt and it goes [soft|slimy], too much and it stops, both happened to me within one month.',
        'Fuzzy is *not* film: anything with [hair|colour] goes out, with the whole jar.',
        'A scale costs as much as [two cabbages|one lost jar], there is no glory in guessing.',
      ],
      seen: [
        'I made {3-6} jars from one cabbage with {1-2}, {3-4} and {5-6} percent: the middle was best, the last one is still [waiting|crunchy].',
        'Mine pushed the lid off at night and painted the [ceiling|cat] with {jar}.',
        'After {4-9} months in the cellar it tasted of [apples|champagne], nobody believed it was only salt.',
        'My aunt\'s stone has been on her barrel since [1961|her wedding], it is practically family.',
      ],
      asks: ['Salt on the weight of the vegetables or on [all of it|the water too]?', 'Do you use [iodised|sea|plain] salt?', 'How warm was the [first week|room]?'],
    },
    {
      subjects: ['Whole grain: worth it?', 'Milling at home', '{flour} from a small mill', 'Old grain, new loaf'],
      openings: [
        'Bought a small mill second-hand, {40-300} kilos ago. Fresh flour smells of [hay|nuts] and I cannot go back. I am sure that most of what we call the taste of bread is simply the age of the flour.',
        'A bag of {flour} from the village mill costs three times the supermarket one. I taste the difference, or [I taste the price|believe I do]. Who can talk me into or out of it?',
      ],
      yes: [
        'The oil in the germ goes stale within [weeks|a month], and shop flour simply has none left.',
        'Fresh {flour} ferments so fast that you halve the [time|starter], that is not imagination.',
        'Grain keeps for years in a dry bin, flour does not, so it is cheaper [in the end|by the sack].',
        'The miller will tell you the field, and what the [summer|rain] did to it.',
      ],
      no: [
        'Fresh flour makes a [weak|sticky] dough, bakers have let it rest for weeks for good reason.',
        'In a blind tasting it is the *fermentation* people taste, [not|hardly] the flour.',
        'A home mill runs warm and chops the bran into little knives that [cut|ruin] the crumb.',
        'What you pay for is the [paper bag with a drawing|story], the wheat came from the same merchant.',
      ],
      seen: [
        'We did it blind with {5-12} people and {2-4} loaves: most liked the [oldest|cheapest] flour, to my embarrassment.',
        'My mill wakes the [baby|whole house], so I grind on the balcony like a madman.',
        'The {flour} drank {8-15} percent more water than the bag I had before, I only noticed [when it tore|in the oven].',
        'A friend found [a stone|a snail shell] in hers, and the miller sent {2-5} kilos and a postcard.',
      ],
      asks: ['Do you sift it, and [how fine|to what percent]?', 'Which mill, [stone|steel]?', 'What do you pay for a [sack|kilo] of grain?'],
    },
  ],
  asides: [
    '`2 % salt, {16-19} C, {2-5} weeks` is all that my label says, and it is all one needs.',
    'Oven says `E{2-9}`, book says [nothing|call the engineer], loaf says yes.',
    'There is a loaf in the oven as I type, so forgive the [haste|crumbs].',
    'My {jar} is [singing|bubbling] on the shelf and the children have named it.',
    'The kitchen is at {16-27} degrees today, which explains [everything|my dough].',
    'I write the date on every jar and then [wash it off|use a pen that fades].',
    'For what it is worth, the *heel* is the best [slice|part] and I will not discuss it.',
    'Somebody gave me {starter} in a [yoghurt pot|jam jar] on a train platform, like spies.',
    'I scored a [tram|leaf|house] into today\'s loaf and it opened into something rude.',
  ],
  links: ['https://en.wikipedia.org/wiki/Sourdough', 'https://en.wikipedia.org/wiki/Sauerkraut', 'https://en.wikipedia.org/wiki/Baker_percentage', 'https://en.wikipedia.org/wiki/Kahm_yeast', 'https://en.wikipedia.org/wiki/Gluten'],
  notes: ['flour    1000 g\nwater     {680-780} g\nstarter   {120-220} g\nsalt       20 g\nfold      {3-5} x, 30 min\nbake      250 C {18-22} min lid, {18-25} min without', 'day   temp   taste\n1     {18-22} C   salt\n4     {18-22} C   sour, fizzy\n{7-9}     {16-20} C   good\n{14-21}    cellar done'],
};
