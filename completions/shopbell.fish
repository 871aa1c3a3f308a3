# Completion of shopbell's command line for fish.

set -l jumpseller_events order_pending_payment order_paid order_shipped order_canceled order_abandoned order_updated \
    order_pickup_available order_in_preparation order_created product_created product_updated \
    product_deleted product_stock_updated product_stock_update customer_created customer_updated \
    customer_deleted subscription_created subscription_updated subscription_canceled contact
set -l ejunkie_events completed completed-product cash pending refunded reversed canceled_reversal denied expired failed \
    voided processed created in_progress partially_refunded
set -l usaepay_events ach.submitted ach.settled ach.returned ach.voided ach.failed ach.note_added cau.created \
    cau.submitted cau.updated_expiration cau.updated_card cau.contact_customer cau.account_closed \
    product.inventory.ordered product.inventory.adjusted transaction.sale.success \
    transaction.sale.failure transaction.sale.voided transaction.sale.captured transaction.sale.adjusted \
    transaction.sale.queued transaction.sale.unvoided transaction.refund.success \
    transaction.refund.voided settlement.batch.success settlement.batch.failure

# Names of the configuration that the program on the command line reads; whoever may not read it is offered none.
function __shopbell_names
    set -l words (commandline -opc)
    set -l config
    for i in (seq 2 (count $words))
        if test "$words[$i]" = --config
            set config --config $words[(math $i + 1)]
        else if string match -q -- '--config=*' "$words[$i]"
            set config $words[$i]
        end
    end
    eval (string escape -- $words[1] $config) names $argv 2>/dev/null
end

complete -c shopbell -f
complete -c shopbell -s h -l help -d 'say what it takes'
complete -c shopbell -l config -r -F -d 'the configuration'
complete -c shopbell -n __fish_use_subcommand -l version -d 'print the version'

complete -c shopbell -n __fish_use_subcommand -a serve -d 'run the receiver in the foreground'
complete -c shopbell -n __fish_use_subcommand -a check -d 'validate the configuration'
complete -c shopbell -n __fish_use_subcommand -a doctor -d 'look for what is wrong, and say how to mend it'
complete -c shopbell -n __fish_use_subcommand -a send -d 'send a correctly signed sample event'
complete -c shopbell -n __fish_use_subcommand -a sign -d 'print what a genuine request would carry'
complete -c shopbell -n __fish_use_subcommand -a presets -d 'list the stores that are known by name'
complete -c shopbell -n __fish_use_subcommand -a handshake -d 'compute an E-junkie handshake'
complete -c shopbell -n __fish_use_subcommand -a events -d 'list stored events'
complete -c shopbell -n __fish_use_subcommand -a show -d 'show one event'
complete -c shopbell -n __fish_use_subcommand -a tail -d 'follow events as they are accepted'
complete -c shopbell -n __fish_use_subcommand -a rejections -d 'list the latest refused requests'
complete -c shopbell -n __fish_use_subcommand -a replay -d 'deliver events again'
complete -c shopbell -n __fish_use_subcommand -a dead -d 'what sinks gave up'
complete -c shopbell -n __fish_use_subcommand -a sinks -d 'show how each sink is'
complete -c shopbell -n __fish_use_subcommand -a codes -d 'the codes that an endpoint gives to buyers'
complete -c shopbell -n __fish_use_subcommand -a forget -d 'erase events of a person'
complete -c shopbell -n __fish_use_subcommand -a backup -d 'copy the inbox into a file, checked'
complete -c shopbell -n __fish_use_subcommand -a inbox -d 'move the inbox to another engine'

complete -c shopbell -n "__fish_seen_subcommand_from send sign; and not __fish_seen_subcommand_from jumpseller ejunkie usaepay" \
    -a 'jumpseller ejunkie usaepay generic (__shopbell_names presets)'
complete -c shopbell -n '__fish_seen_subcommand_from send; and __fish_seen_subcommand_from jumpseller' -a "$jumpseller_events"
complete -c shopbell -n '__fish_seen_subcommand_from send; and __fish_seen_subcommand_from ejunkie' -a "$ejunkie_events"
complete -c shopbell -n '__fish_seen_subcommand_from send; and __fish_seen_subcommand_from usaepay' -a "$usaepay_events"
complete -c shopbell -n '__fish_seen_subcommand_from presets' -a '(__shopbell_names presets)'
complete -c shopbell -n '__fish_seen_subcommand_from dead; and not __fish_seen_subcommand_from list show retry drop' \
    -a 'list show retry drop'
complete -c shopbell -n '__fish_seen_subcommand_from sinks; and not __fish_seen_subcommand_from pause resume forget' \
    -a 'pause resume forget'
complete -c shopbell -n '__fish_seen_subcommand_from sinks; and __fish_seen_subcommand_from pause resume' -a '(__shopbell_names sinks)'
complete -c shopbell -n '__fish_seen_subcommand_from sinks; and __fish_seen_subcommand_from forget' -a '(__shopbell_names forgettable-sinks)'

complete -c shopbell -n '__fish_seen_subcommand_from inbox; and not __fish_seen_subcommand_from copy' -a copy
complete -c shopbell -n '__fish_seen_subcommand_from inbox' -l from -x -a 'sqlite:' -d 'the inbox in a file'
complete -c shopbell -n '__fish_seen_subcommand_from inbox' -l to -x -a postgres -d 'the engine of the configuration'

complete -c shopbell -n '__fish_seen_subcommand_from codes; and not __fish_seen_subcommand_from add list void' \
    -a 'add list void'
complete -c shopbell -n '__fish_seen_subcommand_from codes; and __fish_seen_subcommand_from add list void' -a '(__shopbell_names endpoints)'
complete -c shopbell -n '__fish_seen_subcommand_from codes' -l show -d 'whole codes'

complete -c shopbell -n '__fish_seen_subcommand_from check doctor send presets events show tail rejections replay dead sinks codes forget backup inbox' -l json -d 'JSON instead of text'
complete -c shopbell -n '__fish_seen_subcommand_from send sign' -l endpoint -x -a '(__shopbell_names endpoints)' -d 'whose secret signs'
complete -c shopbell -n '__fish_seen_subcommand_from send' -l url -x -d 'send there'
complete -c shopbell -n '__fish_seen_subcommand_from backup' -F
complete -c shopbell -n '__fish_seen_subcommand_from send' -l body -r -F -d 'send this body'
complete -c shopbell -n '__fish_seen_subcommand_from send' -l set -x -d 'change one value: POINTER=VALUE'
complete -c shopbell -n '__fish_seen_subcommand_from send' -l count -x -d 'send that many'
complete -c shopbell -n '__fish_seen_subcommand_from send' -l rate -x -d 'at most so many a second'
complete -c shopbell -n '__fish_seen_subcommand_from send' -l repeat -d 'the sample as it is: a second one is a duplicate'
complete -c shopbell -n '__fish_seen_subcommand_from send' -l tamper -d 'break the signature'
complete -c shopbell -n '__fish_seen_subcommand_from doctor' -l url -x -d 'send signed probes there'
complete -c shopbell -n '__fish_seen_subcommand_from doctor' -l endpoint -x -a '(__shopbell_names endpoints)' -d 'where it leads to'
complete -c shopbell -n '__fish_seen_subcommand_from handshake' -l email -x -d 'the address of the account'
complete -c shopbell -n '__fish_seen_subcommand_from events tail replay' -l type -x -d 'of that type'
complete -c shopbell -n '__fish_seen_subcommand_from events replay forget' -l endpoint -x -a '(__shopbell_names endpoints)' -d 'received at that endpoint'
complete -c shopbell -n '__fish_seen_subcommand_from events replay' -l since -x -d 'accepted then or later: 2026-11-21, 12h, 30d'
complete -c shopbell -n '__fish_seen_subcommand_from events replay' -l until -x -d 'accepted before then'
complete -c shopbell -n '__fish_seen_subcommand_from events replay' -l subject -x -d 'about that subject: order/1026'
complete -c shopbell -n '__fish_seen_subcommand_from events' -l state -x -a 'delivered pending dead' -d 'in that state'
complete -c shopbell -n '__fish_seen_subcommand_from events rejections' -l limit -x -d 'that many at most'
complete -c shopbell -n '__fish_seen_subcommand_from show' -l original -d 'the exact bytes only'
complete -c shopbell -n '__fish_seen_subcommand_from replay' -l sink -x -a '(__shopbell_names sinks)' -d 'to that sink only'
complete -c shopbell -n '__fish_seen_subcommand_from dead' -l sink -x -a '(__shopbell_names sinks)' -d 'of that sink only'
complete -c shopbell -n '__fish_seen_subcommand_from forget' -l email -x -d 'every event that mentions it'
complete -c shopbell -n '__fish_seen_subcommand_from forget' -l subject -x -d 'every event about it'
