//! The mail in Spanish.

use super::{Facts, Language, Wording};

pub(super) const LANGUAGE: Language = Language { tag: "es", wording };

fn wording(&Facts { code, service, lifetime }: &Facts<'_>) -> Wording {
    let lives = lifetime.text(["segundo", "segundos"], ["minuto", "minutos"], ["hora", "horas"]);
    Wording {
        subject: format!("{code} es su código para {service}"),
        instruction: format!("Introduzca este código para activar su cuenta en {service}:"),
        lifetime: format!("Es válido durante {lives}."),
        secrecy: format!("No comparta este código con nadie: nadie de {service} se lo pedirá nunca."),
        not_you: "Si no se ha registrado, puede ignorar este correo.".to_owned(),
    }
}
