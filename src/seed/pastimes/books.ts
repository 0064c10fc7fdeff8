import type { Pastime } from '../pastime.js';

/** Reading, lending, binding, shelving. */
export const books: Pastime = {
  fits: /\b(book|read|liter|novel|writing)/i,
  lists: {
    author: ['George Eliot', 'Conrad', 'Woolf', 'Chekhov', 'Le Guin', 'Dickens', 'Calvino', 'Trollope', 'Borges', 'Gaskell', 'Melville', 'Tolstoy'],
    novel: ['Middlemarch', 'Bleak House', 'Moby-Dick', 'War and Peace', 'To the Lighthouse', 'Villette', 'Anna Karenina', 'Nostromo', 'The Dispossessed', 'Invisible Cities', 'North and South', 'The Way We Live Now'],
    place: ['on the train', 'in the bath', 'in bed', 'in the kitchen', 'in a waiting room', 'in the library basement', 'on a bench by the canal'],
    part: ['the first hundred pages', 'the middle third', 'the long dinner scene', 'the last chapter', 'the letters', 'the digressions', 'the epilogue'],
    paper: ['bookcloth', 'wheat paste', 'Japanese tissue', 'PVA', 'linen thread', 'grey board'],
  },
  clauses: {
    did: [
      'read it aloud to the [cat|children]', 'lent out the only copy', 'skipped every description', 'started in the middle',
      'bought the same edition again', 'read the footnotes first', 'listened to it on the night bus', 'kept a list of the characters',
      'read the last third in one night', 'left it on a train', 'gave it as a wedding present', 'tore it in two to share it',
      'read it with a dictionary', 'copied a page by hand', 'joined the reading circle for it', 'put it back unread',
    ],
    result: [
      'everybody fell asleep but me', 'it came back with a coffee ring and a letter', 'the names finally made sense', 'I found that I had missed the whole point',
      'we talked about it until [two|three]', 'the second half was another book', 'I never saw it again', 'it was shorter than I remembered',
      'I wrote to the publisher', 'nobody could agree on the ending', 'I laughed at all the wrong places', 'it fell open at the same page for years',
      'I missed [one|two] appointments over it', 'the dog ate the appendix', 'somebody in the carriage asked for the title', 'I had to start again from page one',
    ],
    claim: [
      'a book is only half of it, the other half is the week you read it in', 'patience is a matter of chairs', 'nobody remembers plots, only rooms and weather', 'the reviews are about the reviewer',
      'a good sentence survives any cover', 'most long books are short books with good company', 'the reader does the work and the author gets the credit', 'taste is mostly memory',
      'one bad chapter has never killed a good novel', 'what you read at sixteen stays whatever it was worth', 'a slow page is not an empty page', 'classics are simply the ones that were lent most',
      'the first line is overrated and the last one underrated', 'people lie about what they have finished', 're-reading is the only fair test',
    ],
    cond: [
      'in a bad translation', 'late at night', 'with a cold', 'on a long journey',
      'in small print', 'at school', 'in winter', 'when one is in love',
      'after a long day', 'out loud', 'in the original',
    ],
    advice: [
      'read ten pages and sleep on it', 'lend it to somebody sharper', 'keep a pencil near', 'leave the introduction for later',
      'read it aloud', 'buy the ugly edition', 'trust the first twenty pages', 'ask a librarian',
      'read two at once', 'skip and come back', 'write down one line a day', 'stay with the voice',
    ],
  },
  disputes: [
    {
      subjects: ['Do you finish books you do not enjoy?', 'Gave up on {novel} at page {60-400}', 'The fifty page rule', 'Abandoning {novel}: convince me not to'],
      openings: [
        'I put {novel} down at page {90-400} and feel [no guilt at all|lighter|oddly well about it]. There are more good books than evenings. I say a reader owes a book fifty pages and nothing more.',
        'Somebody at our reading circle said that not finishing a book is like leaving [a concert|dinner] in the middle. I think it is like [leaving a queue|not finishing a second helping]. Where do you stand?',
      ],
      yes: [
        'Nobody gives you the [hours|evenings] back, and the author will never know.',
        'A book read out of duty is [half remembered at best|gone by Christmas], so what was the point?',
        'Since I allowed myself to stop I read [twice|three times] as much, because I am never stuck.',
        'You can always come back [at fifty|in ten years|another winter], it will wait on the shelf without sulking.',
      ],
      no: [
        'The books that changed me were all [dull|hard going|a slog] somewhere around {part}.',
        'You cannot judge {novel} by its opening, the whole thing only [turns|makes sense] once you have all of it.',
        'Quitting is a habit and it [spreads|grows]: first the long ones, then anything with a slow start.',
        'The boredom is sometimes doing [work|something], you only see what {part} was for when it pays off.',
      ],
      seen: [
        'I tried {novel} {2-4} times over {8-20} years, and on the last try I read it in [nine days|a week|one long weekend].',
        'My copy has {3-6} bookmarks in it, all [mine|from different years], none past page {40-200}.',
        'My father read {10-20} pages of {author} every [morning|evening] for a year and never once said whether he liked it.',
        'I finished it {place}, missed my stop, and [did not mind|stood there like an idiot].',
      ],
      asks: ['What made you stop, [the prose or the people|the plot or the voice]?', 'Did you ever go back to one and [change your mind|love it]?', 'Does an audiobook count, if you [wash up|walk|drive] meanwhile?'],
    },
    {
      subjects: ['Writing in the margins', 'Pencil in books: crime or conversation?', 'Found notes in a second-hand {novel}', 'I underline. Come and get me'],
      openings: [
        'I bought a used {novel} and somebody had argued with it in pencil from beginning to end. It was [the best company I have had all year|better than the introduction]. I now think a book without marks has not been read.',
        'My sister lent me her {author} and found a pencil line in it when I gave it back. We have not [settled it|made it up] yet. I say soft pencil is fine, always.',
      ],
      yes: [
        'A pencil keeps you [awake|honest]: you have to know what you think before you can write it in {2-4} words.',
        'In ten years the notes are [the only diary|a letter from] a person you no longer are.',
        'Libraries pay for [annotated copies|margins like that] when the hand is famous, so the act itself cannot be the sin.',
        'The margin is [there|wide] for a reason, printers knew what people did.',
      ],
      no: [
        'Whoever reads it after you has to read [two books at once|your opinion first|past your exclamation marks].',
        'I keep notes on a [card|slip of paper] in the back, you can take those out again.',
        'Most marginalia I find say [*true!*|*how true*|*cf. p. 40*|*no*] and nothing else.',
        'Graphite smears on coated paper, and it goes [grey|shiny] across from the facing page within a few years.',
      ],
      seen: [
        'Mine had a tram ticket from [1958|1963|1971] at {part} and no mark after it, poor soul.',
        'I opened a school copy of {author} and found my own handwriting from [thirty|twenty] years ago, disagreeing with me.',
        'Someone before me had corrected the printer\'s errors, all {8-40} of them, in [green ink|tiny capitals].',
        'The only note in the book was on the last page: "[Well.|So that was that.|Read again in winter.]"',
      ],
      asks: ['Pencil only, or do you [use ink|own a highlighter]?', 'Do you mark [fiction|novels] too, or only the useful sort?', 'What do you do with [library|borrowed] copies?'],
    },
    {
      subjects: ['Which translation of {novel}?', 'Does the translator matter more than the author?', 'Old translations versus new ones', 'Reading in translation at all'],
      openings: [
        'I compared {2-4} translations of the same page and they might be [different books|by different people]. The newest one is the most exact and the [deadest|flattest]. I trust the old, free ones more.',
        'I am about to start something long and Russian. People tell me the newest version is the one to get. I have a feeling that the [old|Victorian|1950s] one simply reads better in English.',
      ],
      yes: [
        'An exact translation of a joke is [not a joke|an obituary|a footnote].',
        'The old ones were made by people who could write [English|a sentence], and that counts for more than a dictionary.',
        'If I wanted every word I would [learn the language|read it with a crib].',
        'What stays with you from {author} is the rhythm, and the literal version gives you [gravel|a timetable].',
      ],
      no: [
        'The old translators [cut|tidied|skipped] whatever they found rude or dull and never said so.',
        'It reads better because it reads like [Dickens|every other novel of 1900], which the original does not.',
        'If the original is [rough|strange|repetitive], a smooth translation is simply *wrong*.',
        'You get used to a stiff one in [thirty pages|an evening], and then you hear the author and not the house style.',
      ],
      seen: [
        'I read the first chapter in {2-4} versions at the library and took home [the one with the worst cover|the one I could not put down].',
        'In mine a whole [page|scene] of {part} is missing, I only found out from an argument on a train.',
        'A friend who grew up with the language says [neither|none of them] gets the old servant right.',
        'My copy translates the same proverb in {2-5} different ways, {30-200} pages apart.',
      ],
      asks: ['Is there one with [good notes|the French left in]?', 'Does anyone here read the original and can [compare|judge]?', 'Which one would you give to somebody [of sixteen|who never read a Russian novel]?'],
    },
    {
      subjects: ['How do you order your shelves?', 'Alphabetical is for shops', 'Shelving by colour, a confession', 'I own {400-3000} books and find nothing'],
      openings: [
        'I took everything down and put it back by the [order in which I read it|year it was written|size of the spine]. To my surprise I find [things faster|everything] now. I claim that the alphabet is for shops, and homes need something else.',
        'Moving house, {20-60} boxes. Before I put them up: is there a better order than by author? I believe memory goes by [place and colour|where you bought it], not by name.',
      ],
      yes: [
        'I remember that it was [blue|thin and red] and stood near the window, never how the name is spelt.',
        'By date you see who could have [met|read] whom, and that is worth more than finding it quickly.',
        'The alphabet puts {author} beside a book about [goats|knots|beekeeping] and calls it order.',
        'A private library is a [map of a head|kind of diary], it may look like one.',
      ],
      no: [
        'It works until somebody else [dusts|looks for something|lives with you].',
        'Past [a thousand|five hundred] volumes memory gives up and the alphabet does not.',
        'By author, and within that by date: dull, and I have never [lost a book|bought the same book twice].',
        'Colour is what people do whose books are [wallpaper|furniture], I am sorry.',
      ],
      seen: [
        'I bought {novel} {2-4} times because I could not find it, and now they stand together [in shame|like triplets].',
        'My uncle shelved by height and kept a [card index|ledger] for the rest, his widow needed {2-6} months.',
        'We have one shelf of books we [fell out over|both had when we met], it has its own order.',
        'The cat decides about the [lowest|second] shelf, nothing stands there for long.',
      ],
      asks: ['Where do you put the [oversized|borrowed|unread] ones?', 'Do you keep what you did not like?', 'What happens with [anthologies|two authors on one spine]?'],
    },
    {
      subjects: ['First rebinding, a {novel} paperback', 'Wheat paste or PVA?', 'Mending a broken spine', 'Sewing a text block without a frame'],
      openings: [
        'I have glued {3-12} spines with PVA from the craft shop and every one still opens. The binders I asked were [horrified|polite about it]. For ordinary paperbacks I hold that it is good enough.',
        'My {novel} has come apart in {2-5} pieces. It is worth [nothing|about one euro], but it was my mother\'s. May I use ordinary white glue, or do I do it properly with {paper}?',
      ],
      yes: [
        'PVA stays [flexible|soft], and that is all a perfect binding asks for.',
        'A book that is mended badly gets [read|used], one that waits for the proper way lies in a drawer.',
        'Wheat paste in a damp house is [dinner|a feast] for silverfish.',
        'Nobody will ever need to take a [two euro|holiday] paperback apart again, so reversibility is beside the point.',
      ],
      no: [
        'What makes paste right is that the next person can [undo|soak off] your mistakes, and there will be mistakes.',
        'PVA creeps into the [fold|paper] and pulls the first leaf with it, look at yours again in five years.',
        'Two hours with {paper} and a needle and it will outlive [all of us|the shelf].',
        'Anything with your mother\'s name in it is *not* an ordinary paperback.',
      ],
      seen: [
        'My first one looks like [a sandwich|something rescued from a pond], but it opens flat.',
        'I practised on {5-20} old telephone books and [my hands|I] finally stopped shaking.',
        'A shop quoted me {40-180} for it and then [showed me how to do it|told me quietly which glue they use].',
        'I sewed mine with dental floss in [2008|2012], unwaxed, and it holds.',
      ],
      asks: ['Is the paper [brittle|yellow at the edges] already?', 'Do you press it overnight, and [under what|how hard]?', 'Which way does the grain run? Fold a [corner|scrap] and see.'],
    },
    {
      subjects: ['Is {novel} spoiled if you know the end?', 'Spoilers for a book of 150 years', 'Introductions that give away the plot', 'Knowing how it ends'],
      openings: [
        'The introduction to my {novel} tells the whole plot on page [two|nine|xiv]. I was angry, and then found that I enjoyed it *more*. I am ready to say that a book that can be spoiled was not worth much.',
        'How long must one keep quiet about an ending? Somebody told me on page {100-300} that ||she marries the wrong one after all|| and I still have not forgiven him, although the book is older than the railway.',
      ],
      yes: [
        'People went to see [Oedipus|Hamlet] knowing every line, and nobody asked for a refund.',
        'When you know *what*, you are free to watch *how*, and {part} is all how.',
        'The second reading is the real one, and it is [spoiled by definition|never a surprise].',
        'Most plots are [weddings and funerals|the same five plots], the rest is sentences.',
      ],
      no: [
        'You get exactly one [first|innocent] reading and somebody else took it from you.',
        '{author} built the [doubt|suspense] with great care, it is a part of the work like any other.',
        'Knowing that ||the letter is a forgery|| turns {part} from dread into [bookkeeping|waiting].',
        'Put the essay at the *end*, everybody loses [nothing|no more than a page turn].',
      ],
      seen: [
        'I read {novel} with the last page [torn out|missing] and made up my own, which I still prefer.',
        'Our reading circle votes on it: {3-9} for the [warning|black bar], {2-8} against, every single time.',
        'I always read the last page first, have done so since [school|I was nine], and regret nothing.',
        'Somebody wrote ||it was the doctor|| on the flyleaf of every mystery in our village library.',
      ],
      asks: ['Does it hold for [mysteries|crime novels] as well?', 'At what age is a [book|plot] common property?', 'Who here reads [introductions|forewords] first?'],
    },
  ],
  asides: [
    'The shelf mark was `PR {4000-6000}.A{1-9}` and the book was, of course, [lent out|next to it].',
    'The slip inside says only `ret. {3-29} {2-11} 67`, so it is a [little|few years] late.',
    'I am typing this with {novel} [open on my knee|holding the window open], make of that what you will.',
    'There is a [bookshop|stall] under the railway arches that sells by weight, I come home with {2-6} kilos every time.',
    'Our library now lends [seeds|umbrellas|a telescope] and the queue is longer than for the novels.',
    'I read mostly {place}, which may explain my [taste|opinions].',
    'Whoever has my copy of {novel}, I [know|remember], and I am patient.',
    '{author} would have hated this thread and read [all of it|every line].',
    'I finally have a lamp that does not [glare|buzz]; my reading has doubled and so has my opinion of long books.',
  ],
  links: ['https://en.wikipedia.org/wiki/Marginalia', 'https://en.wikipedia.org/wiki/Bookbinding', 'https://www.gutenberg.org/', 'https://en.wikipedia.org/wiki/Spoiler_(media)', 'https://en.wikipedia.org/wiki/Library_classification'],
  notes: ['folding   {8-16} signatures of {4-6}\nsewing    {2-4} tapes, linen 18/3\nglue      thin, twice\npress     overnight, no more', 'pages   read     kept\n{100-180}     Jan      yes\n{300-600}     Feb      no\n{200-280}     Mar      lent'],
};
