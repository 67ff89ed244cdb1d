//! Mail in Spanish.

use super::{CodeFacts, CodeWording, Event, Language, Moment, NoticeFacts, NoticeWording, Purpose};

pub(super) const LANGUAGE: Language = Language { tag: "es", code, notice };

fn code(&CodeFacts { purpose, code, service, lifetime }: &CodeFacts<'_>) -> CodeWording {
    let lives = lifetime.text(["segundo", "segundos"], ["minuto", "minutos"], ["hora", "horas"]);
    let (subject, instruction, not_you) = match purpose {
        Purpose::Activation => (
            format!("{code} es su código de {service}"),
            format!("Introduzca este código para activar su cuenta de {service}:"),
            "Si no se ha registrado, puede ignorar este correo.",
        ),
        Purpose::Reset => (
            format!("{code} es su código para restablecer la contraseña de {service}"),
            format!("Introduzca este código para restablecer la contraseña de su cuenta de {service}:"),
            "Si no ha solicitado este código, puede ignorar este correo. Su contraseña no cambiará mientras \
             nadie introduzca el código.",
        ),
    };
    CodeWording {
        subject,
        instruction,
        lifetime: format!("Es válido durante {lives}."),
        secrecy: format!("No comparta este código con nadie. El equipo de {service} nunca se lo pedirá."),
        not_you: not_you.to_owned(),
    }
}

fn notice(&NoticeFacts { event, service, at }: &NoticeFacts<'_>) -> NoticeWording {
    let when = when(at);
    let (subject, event, not_you) = match event {
        Event::PasswordChanged => (
            format!("Se ha cambiado su contraseña de {service}"),
            format!("La contraseña de su cuenta de {service} se cambió {when}."),
            "Si no ha sido usted, es posible que otra persona tenga acceso a su cuenta. Establezca de inmediato \
             una nueva contraseña mediante «¿Ha olvidado su contraseña?»."
                .to_owned(),
        ),
        Event::AccountDeleted => (
            format!("Se ha eliminado su cuenta de {service}"),
            format!("Su cuenta de {service} se eliminó {when}."),
            format!(
                "Si no ha sido usted, póngase en contacto de inmediato con los responsables de {service}."
            ),
        ),
    };
    NoticeWording { subject, event, not_you }
}

fn when(at: Moment) -> String {
    let month = at.month([
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ]);
    let Moment { year, day, hour, minute, .. } = at;
    let article = if hour == 1 { "la" } else { "las" };
    format!("el {day} de {month} de {year} a {article} {hour:02}:{minute:02} (UTC)")
}
