# Completion of shopbell's command line for bash.

_shopbell_events() {
    case $1 in
        jumpseller)
            echo order_pending_payment order_paid order_shipped order_canceled order_abandoned order_updated \
                order_pickup_available order_in_preparation order_created product_created product_updated \
                product_deleted product_stock_updated product_stock_update customer_created customer_updated \
                customer_deleted subscription_created subscription_updated subscription_canceled contact
            ;;
        ejunkie)
            echo completed completed-product cash pending refunded reversed canceled_reversal denied expired failed \
                voided processed created in_progress partially_refunded
            ;;
        usaepay)
            echo ach.submitted ach.settled ach.returned ach.voided ach.failed ach.note_added cau.created \
                cau.submitted cau.updated_expiration cau.updated_card cau.contact_customer cau.account_closed \
                product.inventory.ordered product.inventory.adjusted transaction.sale.success \
                transaction.sale.failure transaction.sale.voided transaction.sale.captured \
                transaction.sale.adjusted transaction.sale.queued transaction.sale.unvoided \
                transaction.refund.success transaction.refund.voided settlement.batch.success \
                settlement.batch.failure
            ;;
    esac
}

# What may follow the command words in $1, options apart. $2 is what stands there already.
_shopbell_words() {
    local choice="--type --endpoint --since --until --subject"
    case $1 in
        '') echo --help --version --config serve check doctor send sign presets handshake events show tail rejections replay dead sinks codes forget backup inbox ;;
        serve) echo --help ;;
        check) echo --help --json ;;
        doctor) echo --help --url --endpoint --json ;;
        send) echo --help --endpoint --url --body --set --count --rate --repeat --tamper --json ;;
        sign) echo --help --endpoint ;;
        presets) echo --help --json ;;
        handshake) echo --help --email ;;
        events) echo --help "$choice" --state --limit --json ;;
        show) echo --help --original --json ;;
        tail) echo --help --type --json ;;
        rejections) echo --help --limit --json ;;
        replay) echo --help "$choice" --sink --json ;;
        dead) echo --help --json list show retry drop ;;
        'dead '*) echo --help --sink --json ;;
        sinks) echo --help --json pause resume forget ;;
        'sinks '*) echo --help --json ;;
        codes) echo --help add list void ;;
        'codes list') echo --help --show --json ;;
        'codes '*) echo --help --json ;;
        forget) echo --help --email --subject --endpoint --json ;;
        backup) echo --help --json ;;
        inbox) echo --help copy ;;
        'inbox '*) echo --help --from --to --json ;;
    esac
}

# The names of presets, or those that the configuration gives to endpoints or sinks, of those that begin like $2. The program that stands on
# the command line reads it: whoever may not read it is offered none.
_shopbell_names() {
    local program=${COMP_WORDS[0]/#\~/$HOME} config=() name i
    for ((i = 1; i < COMP_CWORD; ++i)); do
        [[ ${COMP_WORDS[i]} == --config ]] || continue
        [[ ${COMP_WORDS[i + 1]-} != = ]] || ((++i))
        config=(--config "${COMP_WORDS[i + 1]/#\~/$HOME}")
    done
    while read -r name; do
        [[ $name != "$2"* ]] || COMPREPLY+=("$name")
    done < <("$program" "${config[@]}" names "$1" 2>/dev/null)
}

_shopbell() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    # "--sink=crm" comes as three words.
    if [[ $current == = ]]; then
        current=''
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    local words=() command='' i
    for ((i = 1; i < COMP_CWORD; ++i)); do
        if [[ ${COMP_WORDS[i + 1]-} == = ]]; then
            ((i += 2))
            continue
        fi
        case ${COMP_WORDS[i]} in
            --config | --endpoint | --url | --body | --set | --count | --rate | --email | --type | --since | --until | \
                --subject | --state | --limit | --sink) ((++i)) ;;
            -*) ;;
            *) words+=("${COMP_WORDS[i]}") ;;
        esac
    done

    COMPREPLY=()
    case $previous in
        --config | --body)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
        --state)
            mapfile -t COMPREPLY < <(compgen -W 'delivered pending dead' -- "$current")
            return
            ;;
        --endpoint)
            _shopbell_names endpoints "$current"
            return
            ;;
        --sink)
            _shopbell_names sinks "$current"
            return
            ;;
        --url | --set | --count | --rate | --email | --type | --since | --until | --subject | --limit)
            return
            ;;
    esac

    command=${words[0]-}
    if [[ $command == backup && $current != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    fi
    case $command in
        dead | sinks | codes | inbox) command+=${words[1]:+ ${words[1]}} ;;
    esac
    if [[ $current != -* && ${#words[@]} -eq 2 ]]; then
        case $command in
            'sinks pause' | 'sinks resume') _shopbell_names sinks "$current"; return ;;
            'codes add' | 'codes list' | 'codes void') _shopbell_names endpoints "$current"; return ;;
            'sinks forget') _shopbell_names forgettable-sinks "$current"; return ;;
        esac
    fi
    if [[ $command == presets && $current != -* ]]; then
        ((${#words[@]} > 1)) || _shopbell_names presets "$current"
        return
    fi
    local offered
    offered=$(_shopbell_words "$command")
    if [[ $command == send || $command == sign ]] && ((${#words[@]} == 1)); then
        offered+=' jumpseller ejunkie usaepay generic'
    elif [[ $command == send ]] && ((${#words[@]} == 2)); then
        offered+=" $(_shopbell_events "${words[1]}")"
    fi
    # Options once one is begun, words until then.
    if [[ $current != -* ]]; then
        local word kept=''
        for word in $offered; do
            [[ $word == -* ]] || kept+=" $word"
        done
        offered=${kept:-$offered}
    fi
    mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
    if [[ ($command == send || $command == sign) && $current != -* ]] && ((${#words[@]} == 1)); then
        _shopbell_names presets "$current"
    fi
}

complete -F _shopbell shopbell
